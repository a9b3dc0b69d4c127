"""A failure, told to a person in one sentence and to a program in stable keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from convirt_cli.exit_codes import kind_of
from convirt_cli.parts import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.errors import ConvirtError

KEYS = {
    "error.kind": "the class of the error: `not-found`, `already-exists`, … (see the exit codes)",
    "error.message": "one sentence: what was asked and what went wrong",
    "error.remedy": "what to try, or empty",
    "error.findings[]": "of refused checks: `code`, `category`, `severity`, `message`, `remedy`, `plugin`",
}
"""What every command answers with `--json` when it fails as a whole."""


def tell(error: ConvirtError, stream: TextIO, *, target: str = "") -> None:
    """Write the sentence, each finding behind it, and what to try.

    :param target: which of several it is about
    """
    stream.writelines(f"{one_line(line)}\n" for line in _lines(error, target))


def about(target: str, sentence: str) -> str:
    """Return a sentence with the name of what it is about in front, unless it begins so."""
    return sentence if sentence.startswith(f"{target} ") else f"{target}: {sentence}"


def as_data(error: ConvirtError) -> dict[str, object]:
    """Return what `error.…` of `KEYS` says."""
    data: dict[str, object] = {"kind": kind_of(error), "message": error.message, "remedy": error.remedy}
    findings = findings_of(error)
    if findings:
        data["findings"] = findings
    return data


def findings_of(error: ConvirtError) -> list[dict[str, str]]:
    """Return the findings of refused checks; nothing for any other error."""
    from convirt_core.model import ChecksFailed  # noqa: PLC0415  the model imports attrs: only once something failed

    if not isinstance(error, ChecksFailed):
        return []
    from convirt_cli.shapes.findings import as_data as finding_as_data  # noqa: PLC0415  likewise

    return [finding_as_data(finding) for finding in error.findings]


def _lines(error: ConvirtError, target: str) -> Iterator[str]:
    yield about(target, error.message) if target else f"Error: {error.message}"
    for finding in findings_of(error):
        if finding["message"] in error.message:
            continue  # said already
        yield f"  {finding['severity']}: {finding['message']} {finding['remedy']}".rstrip()
    if error.remedy:
        yield f"  {error.remedy}"
