"""One command line, from its words to its exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from convirt_cli import failure, tables, usage
from convirt_cli.exit_codes import ExitCode, exit_code_of
from convirt_cli.root import root
from convirt_core.errors import ConvirtError

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(arguments: Sequence[str] | None) -> int:
    """Run one command line and return its exit code.

    :param arguments: None: those of the process
    """
    try:
        return root.main(arguments, prog_name="convirt", standalone_mode=False) or ExitCode.DONE
    except click.ClickException as error:
        wrong = usage.tell(error, sys.stderr)
        _answer(arguments, "usage", wrong.message, wrong.remedy)
        return ExitCode.USAGE
    except click.Abort as error:
        cause = error.__cause__  # a KeyboardInterrupt may say what has come of the work
        said = " ".join(("Interrupted.", *map(str, cause.args if isinstance(cause, KeyboardInterrupt) else ())))
        click.echo(said, err=True)
        _answer(arguments, "interrupted", said)
        return ExitCode.INTERRUPTED
    except ConvirtError as error:
        failure.tell(error, sys.stderr)
        return exit_code_of(error)
    except BrokenPipeError:
        # The reader has gone (`convirt vm list | head -1`); the interpreter must not write to it again at its end.
        tables.abandon(sys.stdout)
        return ExitCode.FAILED
    except OSError as error:
        click.echo(f"Error: {error.filename or 'The system'}: {error.strerror or error}.", err=True)
        return ExitCode.FAILED


def _answer(arguments: Sequence[str] | None, kind: str, message: str, remedy: str = "") -> None:
    """Give the answer in JSON to who asked for it, where no command came so far as to give its own."""
    if "--json" in (sys.argv[1:] if arguments is None else arguments):
        import json  # noqa: PLC0415  help and version need none

        error = {"kind": kind, "message": message, "remedy": remedy}
        click.echo(json.dumps({"error": error}, indent=2, ensure_ascii=False))
