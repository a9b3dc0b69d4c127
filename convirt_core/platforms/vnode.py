"""A server with its hypervisor."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from convirt_core import model  # for what is imported once a VM is to move
from convirt_core.errors import NotFound, NotSupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import Capability, Event, HypervisorFacts, InfoSection, ManagedNode, MetricSnapshot
    from convirt_core.platforms.protocols import NodeSession
    from convirt_core.platforms.vm import VM
    from convirt_core.platforms.vm_config import VMConfig


class VNode(ABC):
    """One server as its platform sees it: what it is and what it holds. Its VMM changes the VMs.

    Methods block and are called from any worker thread, by at most `Platform.max_concurrency` at once. They
    raise `ServerUnavailable` when the hypervisor does not answer. No I/O before `connect`.
    """

    def __init__(self, node: ManagedNode, session: NodeSession) -> None:
        self.node = node
        self.session = session

    @abstractmethod
    def connect(self) -> None:
        """Open the connection to the hypervisor and probe what it can do."""

    @abstractmethod
    def close(self) -> None:
        """Give everything back. May be called twice, from another thread, and while a call hangs."""

    @property
    @abstractmethod
    def capabilities(self) -> frozenset[Capability]:
        """What this server can do, known from `connect` on."""

    @abstractmethod
    def host_uuid(self) -> str:
        """Return the machine's own UUID, by which one server under two names is found."""

    @abstractmethod
    def vms(self) -> list[VM]:
        """Return all VMs of the server, managed by us or not, with as few calls as the driver allows."""

    def vm(self, key: str) -> VM:
        """Return one VM. Raises `NotFound`. A platform with a cheaper call than a listing uses that."""
        for vm in self.vms():
            if vm.key == key:
                return vm
        raise NotFound(f"{self.node.name} has no VM with the key {key}.")

    @abstractmethod
    def metric_snapshot(self) -> MetricSnapshot:
        """Return the counters of the server and all its VMs; rates are filled in by the caller."""

    def platform_info(self) -> list[InfoSection]:
        """Return what the server is, for people."""
        return []

    def ping(self) -> None:  # noqa: B027  the default asks nothing, on purpose
        """Ask the hypervisor for a sign of life, by its cheapest call, which never waits for a VM.

        Asked every second or two while somebody watches, by one thread more than `max_concurrency` says. The
        default asks nothing: a connection that can fall silent overrides it.
        """

    def networks(self) -> list[str] | None:
        """Return the names of networks and bridges that a NIC can be connected to; None: not known, so not checked."""
        return None

    def idle_networks(self) -> dict[str, str]:
        """Return the networks that are there and not active: name → the command that starts it, or nothing."""
        return {}

    def hypervisor_facts(self) -> HypervisorFacts:
        """Return what the hypervisor is, as far as a migration minds. What is not known is not checked."""
        return model.HypervisorFacts()

    def cpu_refusal(self, config: VMConfig, source: HypervisorFacts) -> str:
        """Return why a VM's processor cannot be had on this server, in a few words; empty: it can, or nobody knows.

        :param source: what the server is that the VM comes from
        """
        del config, source
        return ""

    def exported(self, config: VMConfig, text: str = "") -> str:
        """Return a definition as a file that the hypervisor's own tools read, such as `xl create`.

        :param text: the file that described the VM until now; what it says beyond that stays: comments, order, and
            what ConVirt does not know
        :param config: without secrets; nor may what is returned have one of `text`
        :raises NotSupported: files of this platform are written whole, without any `text`
        """
        if text:
            raise NotSupported(f"Files of {self.node.platform} are not edited in place, but written whole.")
        return config.text

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` at each event, from a thread of the platform's; it must return at once.

        Return what ends the subscription. A platform without the capability `EVENTS` never calls.
        """
        del listener
        return lambda: None
