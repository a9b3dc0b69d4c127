"""All hooks, read from the spec classes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from convirt_core.hookspecs import (
    ExtensionSpec,
    PlatformSpec,
    PlatformUIHelperSpec,
    PluginSpec,
    VMConfigSpec,
    VMMSpec,
    VNodeSpec,
)

SPECS: tuple[type[PluginSpec], ...] = (
    PlatformSpec,
    VNodeSpec,
    VMMSpec,
    VMConfigSpec,
    PlatformUIHelperSpec,
    ExtensionSpec,
)

PREFIX = "convirt_"
"""Every hook's name begins so, and nothing else in a plugin class may."""


class Hook(NamedTuple):
    """One hook.

    :param spec: the class that defines it
    :param function: as it stands there
    """

    name: str
    spec: type[PluginSpec]
    function: Callable[..., object]

    @property
    def arguments(self) -> tuple[str, ...]:
        """Names of its arguments, without `self`."""
        return tuple(inspect.signature(self.function).parameters)[1:]

    @property
    def is_for_platforms(self) -> bool:
        """Whether platforms may implement it."""
        return self.spec is not ExtensionSpec

    @property
    def is_for_extensions(self) -> bool:
        """Whether extensions may: not what says what a platform is, nor what makes its objects."""
        return self.spec is not PlatformSpec and not self.name.startswith("convirt_create_")

    def complaint(self, value: object) -> str:
        """Say why `value` is no answer to the hook, or nothing. Types are checked, as deep as one list."""
        wanted = _answer_type(self.function)
        if wanted is type(None) or _fits(value, wanted):
            return ""
        return f"answered {self.name} with {_shape(value)} instead of {_words(wanted)}"


@cache
def _answer_type(function: Callable[..., object]) -> Any:
    """Return the type behind a spec's `-> …`, alone: the types of its arguments are not imported."""
    answer = SimpleNamespace(__annotations__={"return": function.__annotations__["return"]})
    return get_type_hints(answer, localns=_Contracts())["return"]


class _Contracts(dict[str, object]):
    """Names in the specs' annotations, looked up where the contracts hand them out.

    The spec modules import them for type checkers only: a hook that is not asked costs no import.
    """

    def __missing__(self, name: str) -> object:
        for package in ("collections.abc", "convirt_core.model", "convirt_core.platforms", "convirt_core.forms"):
            if hasattr(module := import_module(package), name):
                return getattr(module, name)
        raise KeyError(name)


def _fits(value: object, wanted: type) -> bool:
    if get_origin(wanted) is not Sequence:
        return isinstance(value, wanted)
    (item,) = get_args(wanted)
    return isinstance(value, list | tuple) and all(isinstance(each, item) for each in value)


def _shape(value: object) -> str:
    if isinstance(value, list | tuple):
        kinds = sorted({type(each).__name__ for each in value})
        return f"a list of {', '.join(kinds)}"
    return "None" if value is None else f"a {type(value).__name__}"


def _words(wanted: type) -> str:
    if get_origin(wanted) is Sequence:
        return f"a list of {get_args(wanted)[0].__name__}"
    kinds = get_args(wanted) or (wanted,)
    return " or ".join("None" if kind is type(None) else kind.__name__ for kind in kinds)


HOOKS: Mapping[str, Hook] = MappingProxyType(
    {
        name: Hook(name, spec, function)
        for spec in SPECS
        for name, function in vars(spec).items()
        if name.startswith(PREFIX)
    }
)
"""By name, in the order of the spec classes."""
