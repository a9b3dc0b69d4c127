"""Pools and servers: the inventory, and what a server is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, TypeVar

from attrs import evolve

from convirt_core.errors import AlreadyExists, ConvirtError, NotFound, Refused, ServerUnavailable
from convirt_core.hookspecs import PlatformSpec
from convirt_core.model import (
    LOCAL,
    Finding,
    ManagedNode,
    ServerPool,
    Severity,
    check_name,
    check_pool_variable,
)
from convirt_core.services.entering import entered
from convirt_core.services.lookup import find_by_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import VMRecord
    from convirt_core.platforms import Detection, NodeProxy
    from convirt_core.plugins import Plugins
    from convirt_core.services.environment import Environments
    from convirt_core.services.server_info import ServerInfo
    from convirt_core.services.servers import Servers
    from convirt_core.store import Store

T = TypeVar("T")
_SLOW_SECONDS = 60.0  # a libvirtd that just started probes its emulators, and plugins are asked too
Options = Mapping[str, str | int | bool]


class GridManager:
    """Adds, changes and removes pools and servers. Names are unique per kind.

    :param environments: asked for when somebody looks at a server: a listing does without
    :param forget_answers: of a server that is gone
    """

    def __init__(
        self,
        store: Store,
        plugins: Plugins,
        servers: Servers,
        environments: Callable[[], Environments],
        forget_answers: Callable[[ManagedNode], None],
    ) -> None:
        self._store = store
        self._plugins = plugins
        self._servers = servers
        self._environments = environments
        self._forget_answers = forget_answers

    # pools
    def pools(self) -> list[ServerPool]:
        """Return all pools, by name."""
        return self._store.pools.all()

    def find_pool(self, name: str) -> ServerPool:
        """Return the pool with this exact name or unique prefix. Raises `NotFound`, `Ambiguous`."""
        return find_by_name(self.pools(), name, "pool", lambda pool: pool.name)

    def add_pool(self, name: str) -> ServerPool:
        """Add an empty pool. Raises `AlreadyExists`, `InvalidInput`."""
        return self._store.pools.add(ServerPool(str(uuid.uuid4()), check_name(name, "pool")))

    def rename_pool(self, pool: ServerPool, name: str) -> ServerPool:
        """Rename it. Raises `AlreadyExists`, `InvalidInput`."""
        return self._store.pools.save(evolve(pool, name=check_name(name, "pool")))

    def set_pool_variables(self, pool: ServerPool, variables: Mapping[str, str | None]) -> ServerPool:
        """Set some variables; None deletes one. Raises `InvalidInput` for a name or value that cannot be."""
        for name, value in variables.items():
            if value is not None:
                check_pool_variable(name, value)
        return self._store.pools.save(evolve(pool, variables=_merged(pool.variables, variables)))

    def remove_pool(self, pool: ServerPool) -> None:
        """Remove it. Raises `Refused` while it has servers."""
        inside = ", ".join(server.name for server in self.servers(pool))
        if inside:
            raise Refused(f"The pool {pool.name} still has servers: {inside}.", remedy="Move or remove them first.")
        self._store.pools.remove(pool)

    # servers
    def servers(self, pool: ServerPool | None = None) -> list[ManagedNode]:
        """Return the servers of a pool, or all, by name."""
        return self._store.servers.all() if pool is None else self._store.servers.of_pool(pool.id)

    def find_server(self, name: str) -> ManagedNode:
        """Return the server with this exact name or id, or unique prefix of a name. Raises `NotFound`, `Ambiguous`."""
        servers = self.servers()
        by_id = [server for server in servers if server.id == name]
        return by_id[0] if by_id else find_by_name(servers, name, "server", lambda server: server.name)

    def detect(
        self, address: str = LOCAL, *, user: str = "", ssh_port: int = 0, host_key: str = ""
    ) -> list[tuple[str, Detection]]:
        """Ask every platform whether the server runs it; return those that say yes, the best first."""
        node = ManagedNode("", address, "", address=address, user=user, ssh_port=ssh_port)
        with entered(self._servers.ways, node, host_key=host_key) as proxy:
            return self._detect(proxy)

    def add_server(
        self,
        name: str,
        *,
        address: str = LOCAL,
        platform: str | None = None,
        pool: ServerPool | None = None,
        user: str = "",
        ssh_port: int = 0,
        options: Options | None = None,
        host_key: str = "",
        install_key: bool = False,
    ) -> ManagedNode:
        """Connect to a server and add it to the inventory.

        :param platform: its entry-point name; None: the best that is detected
        :param host_key: the fingerprint that its host key must have, also if another is known; empty: not said
        :param install_key: put the person's public key on it, so that no password is asked any more
        :raises AlreadyExists: the name is taken, or the machine is there under another name
        :raises NotFound: no platform was detected
        """
        if self._store.servers.find(check_name(name, "server")):
            raise AlreadyExists(f"There is a server {name} already.", remedy="Choose another name.")
        node = ManagedNode(
            str(uuid.uuid4()),
            name,
            platform or "",
            address=address,
            user=user,
            ssh_port=ssh_port,
            pool=pool.id if pool else None,
            options=dict(options or {}),
        )
        with entered(self._servers.ways, node, host_key=host_key, install_key=install_key) as proxy:
            node = evolve(node, platform=platform or self._best_platform(name, proxy))
            host_uuid = self._read_host_uuid(node)
            self._refuse_double(node, host_uuid)
            added = self._store.servers.add(evolve(node, host_uuid=host_uuid))
            self._servers.hold(added)
        return added

    def edit_server(
        self,
        server: ManagedNode,
        *,
        name: str | None = None,
        address: str | None = None,
        user: str | None = None,
        ssh_port: int | None = None,
        options: Mapping[str, str | int | bool | None] | None = None,
        host_key: str = "",
    ) -> ManagedNode:
        """Change what is given; an option that is None is deleted. It is reconnected when next used.

        :param host_key: the fingerprint that its host key must have, for which it is connected; empty: not said
        :raises Refused: what is given leads to another machine, or its host key is not the right one
        :raises ServerUnavailable: nobody answers at the new address or port, or to the new user
        """
        edited = evolve(
            server,
            name=server.name if name is None else check_name(name, "server"),
            address=server.address if address is None else address,
            user=server.user if user is None else user,
            ssh_port=server.ssh_port if ssh_port is None else ssh_port,
            options=_merged(server.options, options or {}),
        )
        with entered(self._servers.ways, edited, host_key=host_key) if host_key else nullcontext():
            self._refuse_other_machine(server, edited)
        saved = self._store.servers.save(edited)
        self._servers.forget(server.id)
        return saved

    def connect_server(self, server: ManagedNode, *, host_key: str = "", install_key: bool = False) -> None:
        """Connect to it anew, whatever the back-off says.

        :param host_key: the fingerprint that its host key must have, also if another is known; empty: not said
        :param install_key: put the person's public key on it, so that no password is asked any more
        :raises ConvirtError: what `Server.call` raises
        """
        entering = entered(self._servers.ways, server, host_key=host_key, install_key=install_key)
        with entering if host_key or install_key else nullcontext():
            self._servers.of(server).reconnect()

    def move_server(self, server: ManagedNode, pool: ServerPool | None) -> ManagedNode:
        """Move it to another pool, or to none."""
        saved = self._store.servers.save(evolve(server, pool=pool.id if pool else None))
        self._servers.forget(server.id)
        return saved

    def vm_records(self, server: ManagedNode) -> list[VMRecord]:
        """Return the records of its managed VMs, by name."""
        return self._store.vms.of_server(server.id)

    def remove_server(self, server: ManagedNode, *, force: bool = False) -> None:
        """Take it out of the inventory with the records of its VMs, which stay as they are.

        :raises Refused: while VMs run on it, or it does not answer, unless forced
        """
        if not force:
            self._refuse_while_used(server)
        self._store.servers.remove(server)
        self._servers.forget(server.id)
        self._forget_answers(server)

    def check_server(self, server: ManagedNode) -> list[Finding]:
        """Check the platform's prerequisites on the server and the connection to its hypervisor."""
        open_server = self._servers.of(server)
        proxy, findings = open_server.proxy, list[Finding]()
        try:
            with entered(self._servers.ways, server):  # else each check would say that nobody answers
                findings = self._plugins.findings(
                    server.platform,
                    PlatformSpec.convirt_check_prerequisites,
                    proxy=proxy,
                    options={**server.options, **self._variables_of_pool(server)},
                )
            open_server.reconnect()
        except ConvirtError as error:
            return [*findings, Finding("connection", "Connection", Severity.ERROR, str(error), error.remedy)]
        return [*findings, Finding("connection", "Connection", Severity.INFO, "The hypervisor answers.")]

    def server_info(self, server: ManagedNode, *, refresh: bool = False) -> ServerInfo:
        """Return what the server is: from the server itself, its hypervisor, its platform and every extension.

        :param refresh: read its environment anew although it is known
        :raises ConvirtError: neither the server nor its hypervisor answers
        """
        from convirt_core.services.server_info import read_server_info  # noqa: PLC0415  a listing does without

        pool = next((pool.name for pool in self.pools() if pool.id == server.pool), "")
        return read_server_info(self._servers.of(server), pool, self._plugins, self._environments(), refresh=refresh)

    def _variables_of_pool(self, server: ManagedNode) -> Mapping[str, str]:
        """Return what counts more than the server's own options when a VM is made, see `Layers`."""
        return self._store.pools.get(server.pool).variables if server.pool else {}

    def _best_platform(self, name: str, proxy: NodeProxy) -> str:
        found = self._detect(proxy)
        if not found:
            raise NotFound(
                f"No installed platform runs on {name}.",
                remedy="Install the hypervisor, or the plugin for it, such as convirt-kvm; 'convirt plugin list'.",
            )
        return found[0][0]

    def _detect(self, proxy: NodeProxy) -> list[tuple[str, Detection]]:
        answers = self._plugins.ask_platforms(PlatformSpec.convirt_detect_platform, proxy=proxy)
        found = [(answer.plugin.partition(":")[2], answer.value) for answer in answers if answer.value is not None]
        return sorted(found, key=lambda each: (-each[1].rank, each[0]))

    def _read_host_uuid(self, node: ManagedNode) -> str:
        server = self._servers.unlisted(node)
        try:
            return server.look(lambda vnode: vnode.host_uuid(), deadline_seconds=_SLOW_SECONDS)
        finally:
            server.close(deadline_seconds=1.0)

    def _refuse_double(self, node: ManagedNode, host_uuid: str) -> None:
        for other in self.servers():
            if host_uuid and (other.host_uuid, other.platform) == (host_uuid, node.platform):
                raise AlreadyExists(
                    f"{node.name} is the machine that is known as {other.name}.",
                    remedy=f"Use {other.name}, or remove it first.",
                )

    def _refuse_other_machine(self, server: ManagedNode, edited: ManagedNode) -> None:
        """Refuse an edit that leads elsewhere.

        Most options are not of the way there: they can be changed while the server does not answer.
        """
        is_same_way = _way(server) == _way(edited)
        if not server.host_uuid or (is_same_way and server.options == edited.options):
            return
        try:
            host_uuid = self._read_host_uuid(edited)
        except ServerUnavailable:
            if is_same_way:
                return
            raise
        if host_uuid != server.host_uuid:
            raise Refused(
                f"There is another machine than {server.name} where this leads ({edited.address}).",
                remedy="Add it as a server of its own.",
            )

    def _refuse_while_used(self, server: ManagedNode) -> None:
        try:
            vms = self._servers.of(server).look(lambda vnode: vnode.vms())
        except ConvirtError as error:
            raise Refused(
                f"Whether VMs run on {server.name} is not known: {error}", remedy="Remove it with --force."
            ) from error
        running = ", ".join(vm.name for vm in vms if vm.state.is_resident and not vm.protected)
        if running:
            raise Refused(f"VMs run on {server.name}: {running}.", remedy="Stop them first, or remove it with --force.")


def _merged(old: Mapping[str, T], changes: Mapping[str, T | None]) -> dict[str, T]:
    """Return the old values with the changes; None deletes."""
    return {key: value for key, value in {**old, **changes}.items() if value is not None}


def _way(node: ManagedNode) -> tuple[str, str, int]:
    return node.address, node.user, node.ssh_port
