"""Packages whose public names are imported when they are first used.

`convirt vm list` must not pay for what it does not use, and making an attrs class takes half a millisecond.
Where a name is needed in a function only, `model.Reason(…)` there imports it when that line first runs;
`from convirt_core.model import Reason` at the top of a module imports it with the module.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def exports(package: str, homes: Mapping[str, str]) -> Callable[[str], object]:
    """Return a package's `__getattr__` (PEP 562).

    :param homes: public name → the module of the package that it lives in
    """

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)  # found without this function from now on
        return value

    return get
