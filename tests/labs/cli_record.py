"""Writes down which commands and options of `convirt` ran in tests, and which keys their JSON had.

In a process: `recording(file)`. As a program: `python cli_record.py ARGUMENTS`, with the file in CONVIRT_CLI_RECORD.
One JSON object per line: {"command": "vm start", "options": ["force"], "keys": ["results[].ok"], "guest": true}.
CONVIRT_CLI_GUEST=1 says that the VMs are real guests. Only what ended well counts: a refused option has not run.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
from click.core import ParameterSource

from convirt_cli.invocation import Invocation

RECORD = "CONVIRT_CLI_RECORD"
GUEST = "CONVIRT_CLI_GUEST"


@contextmanager
def recording(file: Path) -> Iterator[None]:
    """Append to `file` whatever runs in this process meanwhile."""
    invoke, answer = click.Command.invoke, Invocation.answer
    keys: set[str] = set()

    def recorded_answer(self: Invocation, data: Mapping[str, object], *parts: Any) -> None:
        keys.update(paths(data))
        answer(self, data, *parts)

    def recorded_invoke(self: click.Command, ctx: click.Context) -> Any:
        keys.clear()
        result = invoke(self, ctx)
        if not isinstance(self, click.Group) and not result:
            _append(file, ctx, keys)
        return result

    with patch.object(click.Command, "invoke", recorded_invoke), patch.object(Invocation, "answer", recorded_answer):
        yield


def paths(value: object, prefix: str = "") -> Iterator[str]:
    """Yield the paths of a JSON value, with `[]` for each element; an empty list or map is a path of its own."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from paths(inner, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, list) and value:
        for inner in value:
            yield from paths(inner, f"{prefix}[]")
    else:
        yield prefix


def _append(file: Path, ctx: click.Context, keys: set[str]) -> None:
    given: list[str] = []
    above: click.Context | None = ctx
    while above is not None:
        given += [name for name in above.params if above.get_parameter_source(name) is ParameterSource.COMMANDLINE]
        above = above.parent
    if ctx.ensure_object(Invocation).as_json:
        given.append("json")
    line = {
        "command": ctx.command_path.partition(" ")[2],
        "options": given,
        "keys": sorted(keys),
        "guest": os.environ.get(GUEST) == "1",
    }
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    from convirt_cli.__main__ import main

    with recording(Path(os.environ[RECORD])):
        sys.exit(main())
