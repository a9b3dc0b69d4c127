"""Entries that a plugin adds to a menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.model import ManagedNode, VMRef, VMState

if TYPE_CHECKING:
    from collections.abc import Callable


@frozen
class ActionTarget:
    """What a menu is opened on: a server, or one of its VMs."""

    server: ManagedNode
    vm: VMRef | None = None
    vm_name: str = ""
    vm_state: VMState = VMState.UNKNOWN


@frozen
class Action:
    """One entry.

    :param run: does it, in a worker thread, and returns a sentence for the person
    :param confirm: a question to ask first; empty: none
    """

    key: str
    label: str
    run: Callable[[], str]
    confirm: str = ""
