"""A command as one line for the shell that sshd starts, which nothing in it can make into anything else.

sshd gives a command to the person's login shell (sshd(8), "LOGIN PROCESS"): that can be any, so it is made to
start `/bin/sh` with a fixed script, and what the caller says is that script's arguments, each in single quotes.
"""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_BYTES = (1 << 17) - 1024
"""Linux takes no longer word on a command line (execve(2), MAX_ARG_STRLEN), and this is one word for the shell."""

# Before the command it prints the mark and the process's number, which is that of its group and session too: sshd
# starts each command in a session of its own. Whatever a login shell's start-up files print comes before the mark.
_SCRIPT = """\
mark=$1 folder=$2 count=$3; shift 3
if [ -n "$folder" ]; then
  case $folder in /*) ;; *) folder=./$folder ;; esac
  CDPATH= cd "$folder" 2>/dev/null || { echo "$mark folder"; exit 127; }
fi
while [ "$count" -gt 0 ]; do export "$1"; shift; count=$((count - 1)); done
case $1 in -*) echo "$mark command"; exit 127 ;; esac
command -v "$1" >/dev/null 2>&1 || { echo "$mark command"; exit 127; }
echo "$mark $$"
exec "$@"
"""
NO_FOLDER = b"folder"
NO_COMMAND = b"command"


def command_line(
    argv: Sequence[str], mark: str, *, folder: str | None = None, environment: Mapping[str, str] | None = None
) -> bytes:
    """Return the line that runs `argv` in a folder, with variables added to the server's own environment.

    :param mark: what the script's own words begin with, which nobody else prints
    :raises InvalidInput: there is no command, a NUL, or more than Linux takes
    """
    variables = [f"{name}={value}" for name, value in (environment or {}).items()]
    bad = [name for name in environment or {} if not name.isidentifier()]
    if not argv or bad or any("\0" in word for word in (*argv, *variables, folder or "")):
        raise InvalidInput(f"This cannot be a command: {list(argv)!r}.")
    line = in_sh(_SCRIPT, mark, folder or "", str(len(variables)), *variables, *argv)
    if len(line) > _MOST_BYTES:
        raise InvalidInput(f"This command is too long: {len(line)} bytes.", remedy="Give it what is long as its input.")
    return line


def in_sh(script: str, *arguments: str) -> bytes:
    """Return the line that has `/bin/sh` run a script of ours, with these words as `$1`, `$2` and so on."""
    return os.fsencode("exec " + shlex.join(["/bin/sh", "-c", script, "sh", *arguments]))
