"""A server with libvirt."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from convirt_core.errors import ServerUnavailable
from convirt_core.model import Capability
from convirt_core.platforms import VNode
from convirt_libvirt import bulk, host, metrics
from convirt_libvirt.address import find_address, find_older_address
from convirt_libvirt.connection import Connection
from convirt_libvirt.events import Events
from convirt_libvirt.statistics import Statistics
from convirt_libvirt.uri import own_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import libvirt

    from convirt_core.model import Event, HypervisorFacts, InfoSection, ManagedNode, MetricSnapshot, VMMetrics
    from convirt_core.platforms import VM, NodeSession, VMConfig
    from convirt_libvirt.address import Address


class LibvirtVNode(VNode):
    """One server through libvirt. A platform subclasses it and sets the two class variables.

    :cvar default_uri: of this machine's hypervisor, used unless the node's option `uri` says otherwise
    :cvar possible: what the driver may ever do
    """

    default_uri: ClassVar[str]
    possible: ClassVar[frozenset[Capability]]

    def __init__(self, node: ManagedNode, session: NodeSession) -> None:
        super().__init__(node, session)
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._address: Address | None = None
        self._closings = 0
        self._capabilities: frozenset[Capability] = frozenset()
        self._statistics = Statistics()
        self._processors = host.HostProcessors()
        self._events = Events(node.id)

    def uri(self) -> str:
        """Return where libvirt is asked: the server's own URI, else the platform's on that server."""
        return own_uri(self.node) or self.default_uri

    # VNode
    def connect(self) -> None:
        """Open the connection. One that is opened after all when `close` was called meanwhile is closed."""
        closings = self._closings
        connection = self._open()
        try:
            with connection.asking("subscribe to events"):
                has_events = self._events.listen_to(connection)
            capabilities = self.probe(connection)
        except BaseException:
            connection.close()
            raise
        with self._lock:
            if closed := self._closings != closings:
                unwanted: Connection | None = connection
            else:
                unwanted, self._connection = self._connection, connection
                self._capabilities = capabilities if has_events else capabilities - {Capability.EVENTS}
        if unwanted:
            unwanted.close()
        if closed:
            raise ServerUnavailable(f"{self.node.name} was closed while it was being connected.")

    def _open(self) -> Connection:
        name, lost = self.node.name, self.session.lost
        with self._opening(find_address(self.node, self.session, self.default_uri)) as address:
            try:
                return Connection(address, name, lost)
            except ServerUnavailable:
                if not address.lacks_helper:
                    raise
        with self._opening(find_older_address(self.session.proxy, self.default_uri, name)) as address:
            return Connection(address, name, lost)

    @contextmanager
    def _opening(self, address: Address) -> Iterator[Address]:
        """Let `close` end an opening that hangs."""
        with self._lock:
            self._address = address
        try:
            yield address
        finally:
            with self._lock:
                self._address = None

    def probe(self, connection: Connection) -> frozenset[Capability]:
        """Return which of the possible capabilities this server has. A platform may ask it."""
        del connection
        return self.possible

    def close(self) -> None:
        with self._lock:
            self._closings += 1
            connection, self._connection = self._connection, None
            opening = self._address
        if opening:
            opening.close()
        if connection:
            connection.close()

    @property
    def connection(self) -> Connection:
        """The open connection, for the VMM. Raises `ServerUnavailable` when there is none."""
        connection = self._connection
        if connection is None:
            raise ServerUnavailable(f"{self.node.name} is not connected.")
        return connection

    @property
    def capabilities(self) -> frozenset[Capability]:
        return self._capabilities

    def host_uuid(self) -> str:
        connection = self.connection
        with connection.asking("read the host's UUID"):
            return host.host_uuid(connection.handle)

    def vms(self) -> list[VM]:
        connection = self.connection
        with connection.asking("list the VMs"):
            return bulk.list_vms(connection.handle, self._statistics, self._capabilities, self._events.boots)

    def vm(self, key: str) -> VM:
        connection = self.connection
        domain = connection.find(key)
        with connection.asking(f"read the state of {domain.name()}"):
            return bulk.read_vm(domain, self._capabilities, self._events.boots)

    def metric_snapshot(self) -> MetricSnapshot:
        connection = self.connection
        with connection.apart() as handle, connection.asking("read the statistics"):
            return metrics.read_snapshot(handle, self._statistics, self._processors, self.fill_metrics)

    def fill_metrics(self, domain: libvirt.virDomain, metrics_of_vm: VMMetrics) -> None:
        """Fill in what the driver did not say in bulk. A platform without bulk statistics says more."""
        metrics.from_info(domain, metrics_of_vm)

    def platform_info(self) -> list[InfoSection]:
        connection = self.connection
        with connection.asking("read what the server is"):
            return host.info_sections(connection.handle, connection.address)

    def ping(self) -> None:
        self.connection.ping()

    def networks(self) -> list[str]:
        connection = self.connection
        with connection.asking("list the networks"):
            return host.networks(connection.handle, self._system_bridges)

    def _system_bridges(self) -> set[str]:
        """Return what the server's system calls a bridge."""
        from convirt_libvirt.prerequisites import run_if_there  # noqa: PLC0415  rarely needed

        found = run_if_there(self.session.proxy, "sh", "-c", "ls -d /sys/class/net/*/bridge")
        return {line.split("/")[4] for line in found.text.splitlines()}

    def idle_networks(self) -> dict[str, str]:
        connection = self.connection
        with connection.asking("list the networks that are not active"):
            return host.idle_networks(connection.handle)

    def hypervisor_facts(self) -> HypervisorFacts:
        from convirt_libvirt.migration.facts import hypervisor_facts  # noqa: PLC0415  a listing of VMs needs no XML

        connection = self.connection
        with connection.asking("read what the hypervisor can run"):
            return hypervisor_facts(connection.handle)

    def cpu_refusal(self, config: VMConfig, source: HypervisorFacts) -> str:
        from convirt_libvirt.domain import LibvirtConfig  # noqa: PLC0415  likewise
        from convirt_libvirt.migration.facts import cpu_refusal  # noqa: PLC0415  likewise

        if not isinstance(config, LibvirtConfig):
            return ""
        connection = self.connection
        with connection.in_turn():
            return cpu_refusal(connection.handle, config, source)

    def subscribe(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        return self._events.subscribe(listener)
