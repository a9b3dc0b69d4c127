"""Writes down which commands and options of `convirt` ran in tests, and which keys their JSON had.

In a process: `recording(file)`. As a program: `python cli_record.py ARGUMENTS`, with the file in CONVIRT_CLI_RECORD.
CONVIRT_CLI_GUEST=1 says that the VMs are real guests. One JSON object per line::

    {"command": "vm start", "options": ["--force"], "keys": ["results[].ok"], "done": true, "guest": true}

`tools/cli_tested.py` holds that nothing is missing.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import click
from click.core import ParameterSource

from convirt_cli.invocation import Invocation

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORD = "CONVIRT_CLI_RECORD"
GUEST = "CONVIRT_CLI_GUEST"


@contextmanager
def recording(file: Path) -> Iterator[None]:
    """Append to `file` whatever runs in this process meanwhile."""
    invoke, write_json = click.Command.invoke, Invocation._write_json
    keys: set[str] = set()

    def recorded_json(self: Invocation, data: Mapping[str, object], *, indent: int | None = 2) -> None:
        keys.update(paths(data))
        write_json(self, data, indent=indent)

    def recorded_invoke(self: click.Command, ctx: click.Context) -> Any:
        if isinstance(self, click.Group):
            return invoke(self, ctx)
        keys.clear()
        done = False
        try:
            result = invoke(self, ctx)
            done = not result
        finally:
            _append(file, ctx, keys, done=done)
        return result

    with patch.object(click.Command, "invoke", recorded_invoke), patch.object(Invocation, "_write_json", recorded_json):
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


def _append(file: Path, ctx: click.Context, keys: set[str], *, done: bool) -> None:
    line = {
        "command": ctx.command_path.partition(" ")[2],
        "options": sorted(option for context in _upwards(ctx) for option in _given(context)),
        "keys": sorted(keys),
        "done": done,
        "guest": os.environ.get(GUEST) == "1",
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")


def _upwards(ctx: click.Context | None) -> Iterator[click.Context]:
    while ctx is not None:
        yield ctx
        ctx = ctx.parent


def _given(ctx: click.Context) -> Iterator[str]:
    """Yield the options that were typed, by their longest name; of flags that share a value, the one that it is of."""
    if ctx.ensure_object(Invocation).as_json:
        yield "--json"
    for option in ctx.command.params:
        if not isinstance(option, click.Option) or option.name not in ctx.params:
            continue
        if ctx.get_parameter_source(option.name) is not ParameterSource.COMMANDLINE:
            continue
        value = ctx.params[option.name]
        if option.secondary_opts and value is False:
            yield max(option.secondary_opts, key=len)
        elif not isinstance(option.flag_value, str) or option.flag_value == value:
            yield max(option.opts, key=len)


if __name__ == "__main__":
    from convirt_cli.__main__ import main

    with recording(Path(os.environ[RECORD])):
        sys.exit(main())
