"""One command line, from its words to its exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from convirt_cli import failure
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
        error.show()
        return ExitCode.USAGE
    except click.Abort:
        click.echo("Interrupted.", err=True)
        return ExitCode.INTERRUPTED
    except ConvirtError as error:
        failure.tell(error, sys.stderr)
        return exit_code_of(error)
    except BrokenPipeError:
        # The reader has gone (`convirt vm list | head -1`); the interpreter must not write to it again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.FAILED
    except OSError as error:
        click.echo(f"Error: {error.filename or 'The system'}: {error.strerror or error}.", err=True)
        return ExitCode.FAILED
