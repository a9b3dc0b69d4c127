"""Whether a lab is what it has to be: asked once, before the first test, so that not each test fails by it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from convirt_core.model import Capability, ManagedNode, VMState
from convirt_core.testing.lab import Lab

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeGuard

    from convirt_core.services.listed import ListedVM

_IDS = frozenset(each.value for each in Capability)


def checked(lab: object) -> Lab:
    """Return a lab whose attributes are what they have to be.

    :raises TypeError: one is not; it names the attribute, what it has to be, and what it is
    """
    if not isinstance(lab, Lab):
        raise TypeError(f"the fixture 'lab' has to return a convirt_core.testing.Lab, not {lab!r}")
    for name, member in vars(Lab).items():
        value = getattr(lab, name)
        if callable(member) and not name.startswith("_") and not callable(value):
            raise TypeError(f"Lab.{name} has to be a method, not {value!r}")
    for name, (is_so, wanted) in _RULES.items():
        if not is_so(getattr(lab, name)):
            raise TypeError(f"Lab.{name} has to be {wanted}, not {getattr(lab, name)!r}")
    return lab


def checked_node(lab: Lab) -> ManagedNode:
    """Return a lab's server. Raises as `checked`."""
    node = lab.node()
    if not isinstance(node, ManagedNode):
        raise TypeError(f"Lab.node has to return a convirt_core.model.ManagedNode, not {node!r}")
    return node


def witnessed(lab: Lab, vm: ListedVM) -> VMState | None:
    """Return a VM's state as a lab sees it. Raises as `checked`: a word for the state would never be the same."""
    seen = lab.witness(vm)
    if seen is not None and not isinstance(seen, VMState):
        raise TypeError(f"Lab.witness has to return a convirt_core.model.VMState or None, not {seen!r}")
    return seen


def _is_reasons(value: object) -> bool:
    return _is_by_capability(value) and all(isinstance(why, str) for why in value.values())


def _is_deadlines(value: object) -> bool:
    return _is_by_capability(value) and all(map(_is_seconds, value.values()))


def _is_by_capability(value: object) -> TypeGuard[Mapping[object, object]]:
    return isinstance(value, Mapping) and value.keys() <= _IDS


def _is_seconds(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_dialogue(value: object) -> bool:
    return value is None or (
        isinstance(value, (tuple, list)) and [isinstance(each, bytes) for each in value] == [True, True]
    )


_REASONS = (_is_reasons, "a dict of Capability (or its id) to the reason, a str")
_SECONDS = (_is_seconds, "seconds, a number above 0")
_RULES: Mapping[str, tuple[Callable[[object], bool], str]] = MappingProxyType(
    {
        "definition_only": _REASONS,
        "not_here": _REASONS,
        "deadlines": (_is_deadlines, "a dict of Capability (or its id) to seconds, a number above 0"),
        "answer_seconds": _SECONDS,
        "deaf_seconds": _SECONDS,
        "is_invented": (_is_flag, "True or False"),
        "dialogue": (_is_dialogue, "None or two bytes, what is sent and what is said"),
    }
)
"""Of an attribute, whether it is what it has to be, and what that is."""
