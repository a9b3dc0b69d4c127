"""`$NAME` and `${NAME}` in strings.

It works on values, after parsing, so what a variable holds never becomes syntax; and in one pass, so it is
never searched for variables itself. A name that is not known stays as it stands. Two dollars are two
dollars and begin no variable: a password such as pa$$word is safe whatever the variables are called.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias, overload

if TYPE_CHECKING:
    from convirt_core.config.values import Value

Variable: TypeAlias = str | int | Callable[[], str]
"""Inserted as text. A function is called for each occurrence, so that each `$AUTOGEN_MAC` is another one."""

_VARIABLE = re.compile(r"\$\$|\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})")


@overload
def substitute(value: str, variables: Mapping[str, Variable]) -> str: ...
@overload
def substitute(value: dict[str, Value], variables: Mapping[str, Variable]) -> dict[str, Value]: ...
@overload
def substitute(value: Value, variables: Mapping[str, Variable]) -> Value: ...
def substitute(value: object, variables: Mapping[str, Variable]) -> object:
    """Return `value` with the variables in each of its strings replaced; keys of dictionaries stay.

    :param value: a string, or any value of the format
    """
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: _replacement(found, variables), value)
    if isinstance(value, list):
        return [substitute(item, variables) for item in value]
    if isinstance(value, tuple):
        return tuple(substitute(item, variables) for item in value)
    if isinstance(value, dict):
        return {key: substitute(item, variables) for key, item in value.items()}
    return value


def _replacement(found: re.Match[str], variables: Mapping[str, Variable]) -> str:
    name = found[1] or found[2]
    if name not in variables:
        return found[0]
    variable = variables[name]
    return variable() if callable(variable) else str(variable)
