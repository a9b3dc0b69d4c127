"""One VM of a server, as it was seen in the last listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import define

from convirt_core import model  # for what is imported once something is refused
from convirt_core.model import Capability, VMState

if TYPE_CHECKING:
    from convirt_core.model import Reason


@define(eq=False)
class VM:
    """A VM as one listing saw it: a value; what is done to it goes through its server's VMM.

    Slotted, not frozen: a listing makes thousands.

    :param key: the platform's, stable for the VM's whole life (libvirt: the UUID)
    :param id: of this run, or None when it is not resident
    :param reason: the hypervisor's word for how it came into its state, such as `booted`
    :param persistent: it has a definition; a transient VM is gone when it stops
    :param memory_bytes: now, or at the next start
    :param boots: how many boots of it this connection has seen; grows at a reboot or reset
    :param protected: it must not be stopped or removed, whoever asks (Xen's Domain-0)
    """

    key: str
    name: str
    state: VMState
    capabilities: frozenset[Capability]
    id: int | None = None
    reason: str = ""
    persistent: bool = True
    autostart: bool = False
    memory_bytes: int = 0
    memory_limit_bytes: int = 0
    vcpus: int = 0
    boots: int = 0
    protected: bool = False

    def refusal(self, capability: Capability) -> Reason | None:
        """Why this cannot be done to the VM now, or None. Pure: drives menus and is asked for each VM.

        A platform with more to say extends it.
        """
        if capability not in self.capabilities:
            return model.Reason(f"{capability.words} is not supported for {self.name} on this server.", supported=False)
        if self.protected and capability in _HARMFUL:
            return model.Reason(f"{self.name} is the server's own domain: {capability.words} is never done to it.")
        if self.state is VMState.PAUSED and capability is Capability.SET_MEMORY_LIVE:
            message = f"{self.name} is {self.state}, and a guest that stands still neither gives nor takes memory."
            return model.Reason(message, "Resume it first, or change the definition only: --stored.")
        operation = model.OPERATIONS.get(capability)
        if operation is None or not operation.allowed or self.state in operation.allowed:
            return None
        if self.state in operation.accepted:
            return model.Reason(f"{self.name} is {self.state} already.")
        remedy = "" if capability is Capability.KILL else _REMEDIES.get(self.state, "")
        return model.Reason(
            f"{self.name} is {self.state}; {capability.words} needs it {_in_words(operation.allowed)}.", remedy
        )


def _in_words(states: frozenset[VMState]) -> str:
    """Return the states that would do; of those of a VM that runs in one way or another, the usual one."""
    if VMState.RUNNING in states and all(state.is_resident for state in states):
        return VMState.RUNNING.value
    return " or ".join(sorted(states - {VMState.CRASHED}))


_HARMFUL = frozenset(
    {
        Capability.KILL,
        Capability.PAUSE,
        Capability.SHUTDOWN,
        Capability.REBOOT,
        Capability.RESET,
        Capability.SAVE,
    }
    | {Capability.MANAGED_SAVE, Capability.REMOVE}
)
_REMEDIES = {
    VMState.PAUSED: "Resume it first.",
    VMState.SUSPENDED: "Resume it first.",
    VMState.STOPPED: "Start it first.",
    VMState.SAVED: "Start it first.",
    VMState.RUNNING: "Shut it down first.",
}
