"""Hold that every command and every option of `convirt` has run in a test, and answers with the documented keys.

`python tools/cli_tested.py RECORD` reads what `tests/labs/cli_record.py` wrote while the tests ran, compares it with
the click tree, prints what is missing and ends with 1. What is done to VMs counts only where the VM was a real guest.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
from cli_reference import commands

from convirt_cli import failure
from convirt_cli.command import Command
from convirt_cli.root import root

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ON_GUESTS = ("vm", "provision", "stats")
ANSWERED_ELSEWHERE = frozenset({"--help", "--version"})  # they end before a command runs; tests of their own hold them


class Run(NamedTuple):
    """One command that ran in a test."""

    command: str
    options: list[str]
    keys: list[str]
    done: bool
    guest: bool


def read(record: Path) -> list[Run]:
    """Return what ran."""
    return [Run(**json.loads(line)) for line in record.read_text(encoding="utf-8").splitlines()]


def missing(runs: Sequence[Run]) -> Iterator[str]:
    """Yield a sentence for whatever no test has run, and for each key that is not as documented."""
    for path, command in commands(root):
        mine = [run for run in runs if run.command == path]
        counting = [run for run in mine if run.done and (run.guest or path.split()[0] not in ON_GUESTS)]
        if not counting:
            yield f"convirt {path}: never ran{' on a real guest' if path.split()[0] in ON_GUESTS else ''}"
            continue
        ran = {option for run in counting for option in run.options}
        yield from (f"convirt {path} {option}: never ran" for option in options(command) if option not in ran)
        if isinstance(command, Command):
            yield from wrong_keys(path, command, {key for run in mine for key in run.keys})
    everywhere = {option for run in runs if run.done for option in run.options}
    yield from (f"convirt {option}: never ran" for option in options(root) if option not in everywhere)


def options(command: click.Command) -> list[str]:
    """Return the options of a command by their longest name, both sides of an on/off pair."""
    found = [option for option in command.params if isinstance(option, click.Option)]
    sides = [names for option in found for names in (option.opts, option.secondary_opts) if names]
    return [name for name in (max(names, key=len) for names in sides) if name not in ANSWERED_ELSEWHERE]


def wrong_keys(path: str, command: Command, seen: set[str]) -> Iterator[str]:
    """Yield what is answered and not documented, and what is documented and was never answered."""
    documented = [*command.keys, *failure.KEYS]
    for key in sorted(seen):
        if not any(matches(key, known) for known in documented):
            yield f"convirt {path}: the JSON key {key} is not documented"
    for known in command.keys:
        if ".error." not in known and not any(matches(key, known) for key in seen):
            yield f"convirt {path}: the JSON key {known} was never answered"


def matches(key: str, known: str) -> bool:
    """Whether a key that was answered is a documented one, lies below a free part of it, or is an empty list of it."""
    if known.startswith((f"{key}[]", f"{key}.")):
        return True
    return bool(re.fullmatch(re.escape(known).replace(r"\*", ".+") + (r"(\..+)?" if known.endswith("[]") else ""), key))


if __name__ == "__main__":
    sentences = list(missing(read(Path(sys.argv[1]))))
    for sentence in sentences:
        click.echo(sentence, err=True)
    click.echo(f"Commands and options without a test: {len(sentences)}.", err=True)
    sys.exit(1 if sentences else 0)
