"""Wrong usage, as click finds it, told like any other failure: a sentence, and what to try."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

import click

from convirt_cli import failure
from convirt_core.errors import InvalidInput

if TYPE_CHECKING:
    from convirt_core.errors import ConvirtError


def tell(error: click.ClickException, stream: TextIO) -> ConvirtError:
    """Write the sentence and where to look, and return both; a group without a command shows its help."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show(stream)
        return InvalidInput("A command is missing.", remedy=_remedy(error))
    told = InvalidInput(_sentence(error), remedy=_remedy(error))
    failure.tell(told, stream)
    return told


def _sentence(error: click.ClickException) -> str:
    """Return what click says in one line; its own way of telling begins with lines of usage."""
    sentence = " ".join(error.format_message().split())
    return sentence if sentence.endswith((".", "?", "!", ")")) else f"{sentence}."


def _remedy(error: click.ClickException) -> str:
    path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else "convirt"
    return f"Try '{path} --help'."
