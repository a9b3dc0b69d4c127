"""The commands that the documentation shows, to be run as a reader would.

A fenced block `console` holds commands after `$ ` and, below each, lines that must be in what it prints; spaces count
as one. The word after `console` says what the block needs: `kvm` is a server with guests, `wheels` our distributions,
nothing is nothing. The blocks of one page with one need are run in order, with one configuration and inventory. `sh`
blocks are not run. A `python` block whose first line is a comment with a file's name is that file.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labs.command_line import Convirt

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FILE = re.compile(r"^```python\n# (?P<name>[\w.]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```console *(?P<need>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Shown:
    """One command of a page, and the lines shown below it."""

    command: str
    lines: list[str]


def shown(page: Path, need: str = "") -> list[Shown]:
    """The commands of a page's blocks with this need, in order."""
    found: list[Shown] = []
    for block in BLOCK.finditer(page.read_text()):
        if block["need"] == need:
            found += commands(block["text"])
    return found


def files(page: Path) -> dict[str, str]:
    """The files of a page, by name."""
    return {block["name"]: block["text"] for block in FILE.finditer(page.read_text())}


def commands(text: str) -> list[Shown]:
    """The commands of one block."""
    found: list[Shown] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(Shown(line.removeprefix("$ "), []))
        elif line.strip():
            found[-1].lines.append(line)
    return found


def pages(need: str = "") -> list[Path]:
    """The pages that have such blocks."""
    return [page for page in PAGES if shown(page, need)]


def follow(page: Path, convirt: Convirt, need: str = "", **variables: str) -> None:
    """Run the commands of a page; `$NAME` in them is a variable. Raises AssertionError."""
    for step in shown(page, need):
        words = [re.sub(r"\$([A-Z]+)", lambda name: variables[name[1]], word) for word in shlex.split(step.command)]
        assert words[0] == "convirt", f"{page.name}: only convirt is run in a console block, not: {step.command}"
        printed = [squeezed(line) for line in convirt.done(*words[1:]).splitlines()]
        missing = [line for line in step.lines if squeezed(line) not in printed]
        assert not missing, f"{page.name}: $ {step.command}\ndoes not print {missing}, but:\n" + "\n".join(printed)


def squeezed(line: str) -> str:
    """The line with single spaces."""
    return " ".join(line.split())
