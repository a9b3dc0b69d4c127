"""Modules stay small, and nothing in them changes once they are imported."""

from __future__ import annotations

import ast

from labs.sources import MODULES, name_of, tree

MOST_LINES = 450
CHANGES = {
    *("append", "add", "extend", "insert", "update", "setdefault", "appendleft"),
    *("pop", "popitem", "remove", "discard", "clear", "sort", "reverse"),
}
# libvirt's event implementation, which the C library allows once per process.
SHARED_ON_PURPOSE = {"plugins/convirt-libvirt/convirt_libvirt/event_loop.py"}


def test_a_module_is_one_idea_in_at_most_450_lines():
    lengths = {name_of(module): len(module.read_text().splitlines()) for module in MODULES}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_every_folder_says_what_lives_there():
    inits = {module.parent / "__init__.py" for module in MODULES}
    assert [name_of(init) for init in inits if not init.exists() or not ast.get_docstring(tree(init))] == []


def test_nothing_at_module_level_is_changed_by_a_function():
    found = []
    for module in MODULES:
        if name_of(module) not in SHARED_ON_PURPOSE:
            found += [f"{name_of(module)}, {change}" for change in changes_in(tree(module))]
    assert found == []


def changes_in(module: ast.Module) -> list[str]:
    """Where functions rebind a module-level name, or change what it is bound to."""
    names = module_level_names(module)
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [change for function in functions for change in changes_of(function, names)]


def module_level_names(module: ast.Module) -> set[str]:
    """The names that a module's own statements bind."""
    names = set()
    for statement in module.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def changes_of(function: ast.FunctionDef | ast.AsyncFunctionDef, names: set[str]) -> list[str]:
    """Where one function does, with the line."""
    own = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    own |= {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    return [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(function)
        if isinstance(node, ast.Global) or changed_name(node) in names - own
    ]


def changed_name(node: ast.AST) -> str | None:
    """The name whose value is changed in place here: `NAME[…] = `, `NAME.x = `, `NAME.append(…)`."""
    if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
        target: ast.AST = node.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
        target = node.func.value
    else:
        return None
    return target.id if isinstance(target, ast.Name) else None


def test_a_change_of_module_level_state_is_found():
    source = "SEEN = []\nLAST = {}\ndef note(x):\n    SEEN.append(x)\n    LAST['x'] = x\n"
    assert len(changes_in(ast.parse(source))) == 2
