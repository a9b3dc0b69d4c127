"""What only one platform needs lies in its plugin, and a plugin can be read in an evening."""

from __future__ import annotations

import ast

import pytest
from labs.sources import MODULES, PACKAGES, name_of

PLATFORMS = {"kvm", "xen"}
MOST_LINES = 800


def own_platform(module) -> str:
    """The platform whose plugin a module is of; empty: of none."""
    return next((name for name in PLATFORMS if f"convirt_{name}" in module.parts), "")


def platforms_compared_in(module) -> set[str]:
    """The names of platforms that a module compares something with."""
    compared = (node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, (ast.Compare, ast.Match)))
    constants = (part.value for node in compared for part in ast.walk(node) if isinstance(part, ast.Constant))
    return PLATFORMS & {value for value in constants if isinstance(value, str)}


def lines_of(module) -> int:
    """How many lines a person has to read: without blank ones, comments and docstrings."""
    text = module.read_text()
    said = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = enumerate(map(str.strip, text.splitlines()), 1)
    return sum(bool(line) and not line.startswith("#") and number not in said for number, line in lines)


def test_nobody_but_its_plugin_asks_for_a_platform_by_name():
    found = {name_of(module): platforms_compared_in(module) - {own_platform(module)} for module in MODULES}
    assert {name: names for name, names in found.items() if names} == {}


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_the_plugin_of_a_platform_is_short(platform):
    package = next(package for package in PACKAGES if package.name == f"convirt_{platform}")
    assert sum(lines_of(module) for module in package.rglob("*.py")) < MOST_LINES
