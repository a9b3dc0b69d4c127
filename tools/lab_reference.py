"""Write docs/reference/lab.md from the class that a plugin author's lab inherits; a test holds that it was done.

Run it after the class has changed: `python tools/lab_reference.py`.
"""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

from convirt_core.testing import lab

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "lab.md"

INTRODUCTION = """
# Attributes and methods of a lab

Written from the class itself by `tools/lab_reference.py`. What each is for, and when it is needed:
[](../testing-a-platform.md).

`Lab` is in `convirt_core.testing`; `Capability`, `Disk`, `ManagedNode`, `Nic` and `VMState` are in
`convirt_core.model`, `ListedVM` is in `convirt_core.services.listed`, `Application` in `convirt_core.app`. A
`Capability` may be given by its id, such as `"migrate-live"`. An attribute of another type is named
before the first test, and nothing is run on the server.

| of `Lab` | type | what it is |
|---|---|---|
"""


def rows() -> list[str]:
    """Return the rows of the table: the attributes and methods in the order of the class."""
    [found] = (each for each in ast.parse(inspect.getsource(lab)).body if isinstance(each, ast.ClassDef))
    return [row(each, after) for each, after in zip(found.body, [*found.body[1:], None], strict=True) if is_named(each)]


def is_named(member: ast.stmt) -> bool:
    """Whether it is an attribute or a method."""
    return isinstance(member, ast.AnnAssign | ast.FunctionDef)


def row(member: ast.stmt, after: ast.stmt | None) -> str:
    """Return the row of an attribute, whose description comes after it, or of a method."""
    if isinstance(member, ast.FunctionDef):
        asked = ", ".join(f"{each.arg}: {text(each.annotation)}" for each in member.args.args[1:])
        cells = (f"`{member.name}({asked})`", f"`{text(member.returns)}`", ast.get_docstring(member) or "")
    else:
        assert isinstance(member, ast.AnnAssign)
        assert isinstance(after, ast.Expr)
        described = ast.literal_eval(after.value)
        value = f" Default: `{text(member.value)}`."
        cells = (f"`{text(member.target)}`", f"`{text(member.annotation)}`", described + value)
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def text(node: ast.expr | None) -> str:
    """Return the source of an expression; None: nothing."""
    return ast.unparse(node) if node is not None else "None"


def page() -> str:
    """Return the whole page."""
    return INTRODUCTION.lstrip() + "\n".join(rows()) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
