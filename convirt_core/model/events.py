"""What a server tells without being asked."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from convirt_core.model.states import ServerState, VMState


class EventKind(StrEnum):
    """What happened."""

    STATE = "state"  # the VM changed its state
    REBOOT = "reboot"  # the guest rebooted or was reset; no stop, no start
    DEFINED = "defined"  # its definition was made or changed
    REMOVED = "removed"  # its definition is gone
    SERVER = "server"  # the server's own state changed; after `up` everything is to be read again


@frozen
class Event:
    """One event of one server.

    :param server: id
    :param key: of the VM; empty for the server itself
    :param state: of the VM after it
    :param detail: a word or two of the hypervisor's, such as `crashed by guest`; of a server: why it is so
    :param server_state: of the server after it, for `SERVER`
    :param needs_person: of a server: trying again changes nothing, `detail` says what has to be done there
    """

    server: str
    kind: EventKind
    key: str = ""
    state: VMState = VMState.UNKNOWN
    detail: str = ""
    server_state: ServerState = ServerState.UNKNOWN
    needs_person: bool = False
