"""Writing an answer to a person: with rich on a terminal, plainly otherwise; and an output that takes no more."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from convirt_cli import plain_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from convirt_cli.parts import Part


def write(parts: Iterable[Part], stream: TextIO) -> None:
    """Write the parts of an answer."""
    if stream.isatty():
        from convirt_cli import rich_tables  # noqa: PLC0415  rich takes 60 ms to import: only for a terminal

        rich_tables.write(parts, stream)
    else:
        plain_tables.write(parts, stream)


@contextmanager
def writing(stream: TextIO) -> Iterator[None]:
    """Say of a failure that it is the output's. `BrokenPipeError` is as it is: the reader has gone."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon(stream)
        raise OSError(error.errno, error.strerror, "Standard output") from error


def abandon(stream: TextIO) -> None:
    """Lose what is still to be written: the interpreter would try it again at its end, and tell of it."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, stream.fileno())
    os.close(nothing)
