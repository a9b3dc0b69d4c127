"""What only one platform needs lies in its plugin: nobody else asks for it by name."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path
from textwrap import dedent

from labs.sources import MODULES, name_of

TOOL = runpy.run_path(str(Path(__file__).parents[3] / "tools" / "plugin_lines.py"), run_name="plugin_lines")
PLATFORMS = frozenset(TOOL["PLATFORMS"])


def own_platform(module) -> str:
    """The platform whose plugin a module is of; empty: of none."""
    return next((name for name in PLATFORMS if f"convirt_{name}" in module.parts), "")


def platforms_compared_in(module) -> set[str]:
    """The names of platforms that a module compares something with."""
    compared = (node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, (ast.Compare, ast.Match)))
    constants = (part.value for node in compared for part in ast.walk(node) if isinstance(part, ast.Constant))
    return PLATFORMS & {value for value in constants if isinstance(value, str)}


def test_nobody_but_its_plugin_asks_for_a_platform_by_name():
    found = {name_of(module): platforms_compared_in(module) - {own_platform(module)} for module in MODULES}
    assert {name: names for name, names in found.items() if names} == {}


def test_only_what_a_person_reads_is_counted():
    text = """
        '''Said.'''

        import os  # counted

        def name():
            '''Said.

            More.
            '''
            # why
            return os
    """
    assert TOOL["lines_of"](dedent(text)) == 3
