"""A command on a server of a lab, and what it answers."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


def answer_of(
    command: Sequence[str | Path],
    *,
    on: str,
    says: str,
    within_seconds: float | None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """What a command answers; raises CalledProcessError that has what it complains of as a note.

    :param command: with the words before it that run it there
    :param on: the server's name, for the note
    :param says: what it is told on its standard input
    :param environment: None: that of the tests
    """
    done = subprocess.run(
        command, env=environment, input=says, capture_output=True, text=True, check=False, timeout=within_seconds
    )
    try:
        done.check_returncode()
    except subprocess.CalledProcessError as error:
        error.add_note(f"on {on}: {done.stderr}")
        raise
    return done.stdout
