"""Operations on a VM: from which states, until which states, within what time."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import field, frozen

from convirt_core.model.capabilities import Capability
from convirt_core.model.states import VMState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.model.nodes import ManagedNode, VMRef

_S = VMState


@frozen
class Operation:
    """One operation on a VM.

    :param capability: what a server must be able to do for it
    :param allowed: states from which it may begin; empty: any
    :param accepted: states in which it counts as done; empty: done when the call returns
    :param deadline_seconds: for the accepted state to be seen
    """

    capability: Capability
    allowed: frozenset[VMState]
    accepted: frozenset[VMState]
    deadline_seconds: float

    @property
    def name(self) -> str:
        """The id that users see, such as `shutdown`."""
        return self.capability.value


def _operation(
    capability: Capability, allowed: set[VMState], accepted: set[VMState], deadline_seconds: float
) -> Operation:
    return Operation(capability, frozenset(allowed), frozenset(accepted), deadline_seconds)


_RESIDENT = {state for state in VMState if state.is_resident}
_STOPPED = {_S.STOPPED, _S.SAVED}

OPERATIONS: Mapping[Capability, Operation] = MappingProxyType(
    {
        operation.capability: operation
        for operation in (
            _operation(Capability.START, _STOPPED, {_S.RUNNING}, 30),
            _operation(Capability.SHUTDOWN, {_S.RUNNING, _S.STOPPING}, {_S.STOPPED, _S.ABSENT}, 30),
            _operation(Capability.REBOOT, {_S.RUNNING}, {_S.RUNNING}, 60),
            _operation(Capability.RESET, {_S.RUNNING, _S.PAUSED, _S.CRASHED}, {_S.RUNNING, _S.PAUSED}, 10),
            _operation(Capability.KILL, _RESIDENT, {_S.STOPPED, _S.SAVED, _S.ABSENT}, 10),
            _operation(Capability.PAUSE, {_S.RUNNING}, {_S.PAUSED}, 10),
            _operation(Capability.RESUME, {_S.PAUSED, _S.SUSPENDED}, {_S.RUNNING}, 10),
            _operation(Capability.SAVE, {_S.RUNNING, _S.PAUSED}, {_S.STOPPED, _S.ABSENT}, 120),
            _operation(Capability.RESTORE, {_S.STOPPED, _S.ABSENT}, {_S.RUNNING, _S.PAUSED}, 120),
            _operation(Capability.MANAGED_SAVE, {_S.RUNNING, _S.PAUSED}, {_S.SAVED}, 120),
            _operation(Capability.REMOVE, _STOPPED | {_S.CRASHED}, {_S.ABSENT}, 30),
            _operation(Capability.MIGRATE, {_S.STOPPED}, {_S.ABSENT}, 30),
            _operation(Capability.MIGRATE_LIVE, {_S.RUNNING, _S.PAUSED}, {_S.ABSENT}, 30),
        )
    }
)
"""The operations that change a VM's state. The deadlines are the original's; a VM's record may set others.

A migration takes as long as there is to send: its deadline is for the time in which nothing is sent.
"""


@frozen
class OperationRequest:
    """What is about to be done, for the hooks around it.

    :param capability: which operation, those without an entry in `OPERATIONS` too (such as `set-memory`)
    :param arguments: what it was asked with, such as `memory_bytes`
    :param task: id of the task that does it
    """

    capability: Capability
    server: ManagedNode
    vm: VMRef
    vm_name: str
    arguments: Mapping[str, object] = field(factory=dict)
    task: str = ""


@frozen
class Outcome:
    """How an operation ended.

    :param status: `done`, `failed`, `cancelled`, or `unknown` (the answer was lost)
    :param message: one sentence when it is not `done`
    """

    status: str
    message: str = ""


@frozen
class Reason:
    """Why something cannot be done to this VM now.

    :param supported: False: never here (`NotSupported`); True: not in this state (`WrongState`)
    """

    message: str
    remedy: str = ""
    supported: bool = True
