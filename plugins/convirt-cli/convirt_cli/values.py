"""Words of the command line that are more than text: sizes, `KEY=VALUE`, files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_core.errors import ConfigError, InvalidInput

if TYPE_CHECKING:
    from typing import TextIO


def mebibytes(words: str, *, label: str = "Memory") -> int:
    """Read an amount of memory: `512` and `512M` are MiB, `1G` is 1024.

    :param label: what it is, for messages
    :raises InvalidInput: otherwise, and below 1 MiB
    """
    from convirt_core.forms import Field, FieldKind, text, validation  # noqa: PLC0415  only who has memory pays

    field = Field("memory", label, FieldKind.INTEGER, unit="MiB", minimum=1, required=True)
    amount = text.parse(field, words)
    wrong = validation.check_value(field, amount, {})
    if wrong or not isinstance(amount, int):
        raise InvalidInput(f"{words!r}: {wrong}", remedy="Write MiB as 512 or 512M, GiB as 1G.")
    return amount


_LARGEST_TEXT = 1 << 20


def text_of(file: TextIO) -> str:
    """Read a file that was opened as UTF-8. Raises `ConfigError` if it is no such text, or too large."""
    try:
        text = file.read(_LARGEST_TEXT + 1)
    except UnicodeDecodeError as error:
        raise ConfigError("this is not text in UTF-8", source=file.name, remedy="Save the file as UTF-8.") from error
    if len(text) > _LARGEST_TEXT:
        raise ConfigError(f"this has more than {_LARGEST_TEXT} characters", source=file.name)
    return text


class MemoryType(click.ParamType[int]):
    """An option's amount of memory, in MiB."""

    name = "size"
    label = "Memory"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return MiB."""
        if isinstance(value, int):
            return value
        try:
            return mebibytes(str(value), label=self.label)
        except InvalidInput as error:
            self.fail(f"{error.message} {error.remedy}", param, ctx)


class RateType(MemoryType):
    """An option's amount of data a second: `50M` and `50` are MiB, `1G` is 1024; in bytes."""

    name = "rate"
    label = "A rate"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return bytes a second."""
        return value if isinstance(value, int) else super().convert(value, param, ctx) << 20


class AssignmentType(click.ParamType[tuple[str, str]]):
    """`KEY=VALUE`, as a pair of texts; the value may be empty and may hold further equal signs."""

    name = "key=value"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Return key and value."""
        if isinstance(value, tuple):
            return value
        key, equals, words = str(value).partition("=")
        if not equals or not key.strip():
            self.fail(f"{value!r} is not KEY=VALUE.", param, ctx)
        return key.strip(), words


MEMORY = MemoryType()
RATE = RateType()
ASSIGNMENT = AssignmentType()
