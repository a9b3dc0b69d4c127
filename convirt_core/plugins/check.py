"""The process that checks one plugin: `python -m convirt_core.plugins.check`.

Reads what to check as JSON from standard input and writes one JSON object to standard output:
`{"reason": "…", "stage": "…"}`, the reason empty when the plugin is well. Whatever the plugin itself writes to
standard output is caught and is a fault: in a command it would stand in the middle of the answer.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from convirt_core.plugins.candidates import Candidate
from convirt_core.plugins.deadlines import Deadlines
from convirt_core.plugins.faults import PluginFault
from convirt_core.plugins.groups import COMMANDS, FRONT_ENDS
from convirt_core.plugins.loading import load, load_command, load_front_end
from convirt_core.plugins.rehearsal import RehearsalContext, rehearse

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHOWN = 60
"""Bytes of what a plugin has printed that its fault tells."""


def examine(candidate: Candidate, settings: Mapping[str, object], deadlines: Deadlines, folder: Path) -> None:
    """Load a plugin as an application would, and rehearse its hooks. Raises `PluginFault`."""
    if candidate.group == FRONT_ENDS:
        load_front_end(candidate, deadlines.load_seconds)
    elif candidate.group == COMMANDS:
        load_command(candidate, deadlines.load_seconds)
    else:
        plugin = load(candidate, RehearsalContext(candidate.id, settings, folder), deadlines.load_seconds)
        rehearse(plugin, deadlines)


def main() -> None:
    """Check one plugin and end the process at once, whatever the plugin has left running in it."""
    order = json.load(sys.stdin)
    candidate = Candidate(**order["candidate"])
    answer = os.dup(1)
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryDirectory() as folder:
        os.dup2(printed.fileno(), 1)
        reason, stage = _verdict(candidate, order["settings"], Deadlines(**order["deadlines"]), Path(folder))
        with suppress(AttributeError, ValueError):  # the plugin may have replaced or closed it
            sys.stdout.flush()
        printed.seek(0)
        if (text := printed.read(_SHOWN)) and not reason:
            reason, stage = f"prints to standard output: {text.decode(errors='replace').strip()!r}", "output"
    os.write(answer, json.dumps({"reason": reason, "stage": stage}).encode())
    os._exit(0)


def _verdict(
    candidate: Candidate, settings: Mapping[str, object], deadlines: Deadlines, folder: Path
) -> tuple[str, str]:
    try:
        examine(candidate, settings, deadlines, folder)
    except PluginFault as fault:
        return fault.reason, fault.stage
    return "", ""


if __name__ == "__main__":
    main()
