"""The tree of commands as a whole."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from convirt_cli.command import Command
from convirt_cli.lazy import LazyGroup
from convirt_cli.root import root

if TYPE_CHECKING:
    from collections.abc import Iterator


def walk(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from walk(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def lazy_groups() -> Iterator[LazyGroup]:
    yield root
    yield from (
        group
        for group in (root.get_command(click.Context(root), name) for name in root.table)
        if isinstance(group, LazyGroup)
    )


COMMANDS = dict(walk(root))


def test_every_command_answers_in_json_with_documented_keys() -> None:
    without = [path for path, command in COMMANDS.items() if not isinstance(command, Command) or not command.keys]
    assert without == []


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_explains_itself_and_its_options(path: str) -> None:
    command = COMMANDS[path]
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))


def test_the_summaries_of_lazy_groups_are_those_of_the_commands() -> None:
    for group in lazy_groups():
        for name, lazy in group.table.items():
            command = group.get_command(click.Context(group), name)
            assert command is not None
            assert (command.help or "").splitlines()[0] == lazy.summary, name


def test_help_works_for_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    for path in COMMANDS:
        with pytest.raises(SystemExit) as ended:
            root.main([*path.split(), "--help"], prog_name="convirt")
        assert ended.value.code == 0
        assert f"Usage: convirt {path}" in capsys.readouterr().out


def test_a_mistyped_command_is_answered_with_those_that_look_like_it() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "convirt_cli", "vm", "strat"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert "start" in ran.stderr
