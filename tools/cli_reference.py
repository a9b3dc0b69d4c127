"""Write docs/reference/cli.md from the commands themselves; a test holds that it was done.

Run it after a command has changed: `python tools/cli_reference.py`.
"""

from __future__ import annotations

from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING

import click

from convirt_cli.command import Command
from convirt_cli.root import root

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"

INTRODUCTION = """
# The commands

Written from the commands themselves by `tools/cli_reference.py`.

Every name may be shortened to a unique beginning, but not with `--yes`. A VM is meant by its name, by `SERVER/NAME`
where two servers have one of that name, or by its key. Where several targets can be given each is tried, and each has
its own result.

With `--json` a command answers with one JSON object on standard output and nothing else; notes, progress and the
sentence about a failure go to standard error. The keys below are stable: keys may be added, none is renamed or
removed. `[]` stands for each element of a list, `*` for any key of a map. A command that fails as a whole answers with
`error.kind`, `error.message`, `error.remedy` and, where checks refused, `error.findings[]`. How it ended:
[](exit-codes.md).
"""


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command below a group with its path, such as `vm start`."""
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield from commands(command, f"{path}{name} ")
        elif command is not None:
            yield f"{path}{name}", command


def page() -> str:
    """Return the whole page."""
    sections = [cleandoc(INTRODUCTION)]
    top = ""
    for path, command in commands(root):
        first = path.partition(" ")[0]
        if first != top:
            top = first
            sections.append(f"## `{first}`\n\n{root.table[first].summary}")
        sections.append(_section(path, command))
    return "\n\n".join(sections) + "\n"


def _section(path: str, command: click.Command) -> str:
    ctx = click.Context(command, info_name=f"convirt {path}")
    usage = " ".join(command.collect_usage_pieces(ctx))
    parts = [f"### `convirt {path}`", cleandoc(command.help or ""), f"```text\nconvirt {path} {usage}\n```"]
    options = [_option(option, ctx) for option in command.params if isinstance(option, click.Option)]
    parts.append(_table("Option", options))
    if isinstance(command, Command):
        parts.append(_table("JSON key", [(f"`{key}`", meaning) for key, meaning in command.keys.items()]))
    return "\n\n".join(parts)


def _option(option: click.Option, ctx: click.Context) -> tuple[str, str]:
    record = option.get_help_record(ctx)
    assert record is not None, f"{option.name} is hidden"
    names, explanation = record
    return f"`{names}`", explanation


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    escaped = [[cell.replace("|", r"\|") for cell in row] for row in rows]
    return "\n".join([f"| {title} | |", "|---|---|", *(f"| {name} | {text} |" for name, text in escaped)])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
