"""The project's own source, read for the tests of its structure: nothing is imported."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
PROJECTS = [ROOT / "pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml"))]
PACKAGES = [ROOT / "convirt_core", *sorted(marker.parent for marker in ROOT.glob("plugins/*/*/py.typed"))]
MODULES = [module for package in PACKAGES for module in sorted(package.rglob("*.py"))]


def name_of(path: Path) -> str:
    """How a failure names a file: its path in the repository, or the folder of a pyproject.toml."""
    return str(path.relative_to(ROOT)) if path.suffix == ".py" else path.parent.name


def tree(module: Path) -> ast.Module:
    """The module as a syntax tree."""
    return ast.parse(module.read_text(), filename=str(module))


def imported(module: Path) -> Iterator[str]:
    """The dotted names of all imports in a module, those in functions and those for type checkers too."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(module)}:{node.lineno}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def project(path: Path) -> dict[str, Any]:
    """The table `project` of a pyproject.toml."""
    table: dict[str, Any] = tomllib.loads(path.read_text())["project"]
    return table


def version(path: Path) -> str:
    """The version that a pyproject.toml states, itself or in the module that it names for it."""
    if stated := project(path).get("version"):
        return str(stated)
    module = path.parent / tomllib.loads(path.read_text())["tool"]["hatch"]["version"]["path"]
    statements = [node for node in tree(module).body if isinstance(node, ast.Assign)]
    return next(ast.literal_eval(node.value) for node in statements if ast.unparse(node.targets[0]) == "__version__")
