"""Count what a plugin's author reads: the lines of each platform's package, and end with 1 if one is too long.

Blank lines, comments and docstrings are not counted.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

PLUGINS = Path(__file__).parent.parent / "plugins"
PLATFORMS = ("kvm", "xen")
MOST_LINES = 800
"""A platform can be read in an evening."""


def lines_of(text: str) -> int:
    """Return how many lines of a module a person has to read."""
    said = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = enumerate(map(str.strip, text.splitlines()), 1)
    return sum(bool(line) and not line.startswith("#") and number not in said for number, line in lines)


def lines_of_platform(name: str) -> int:
    """Return the lines of all modules of a platform's package."""
    return sum(lines_of(path.read_text()) for path in (PLUGINS / f"convirt-{name}" / f"convirt_{name}").rglob("*.py"))


def main() -> int:
    """Print each count; 1 if one is at the limit or above."""
    counts = {name: lines_of_platform(name) for name in PLATFORMS}
    for name, count in counts.items():
        sys.stdout.write(f"convirt-{name}: {count} lines, of less than {MOST_LINES}\n")
    return int(any(count >= MOST_LINES for count in counts.values()))


if __name__ == "__main__":
    sys.exit(main())
