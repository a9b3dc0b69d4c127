"""Pools and servers: the inventory, and what a server is."""

from __future__ import annotations

from collections.abc import Mapping

from convirt_core.model import LOCAL, Finding, InfoSection, ManagedNode, ServerPool
from convirt_core.platforms import Detection


class GridManager:
    """Adds, changes and removes pools and servers. Names are unique per kind."""

    def pools(self) -> list[ServerPool]:
        """Return all pools, by name."""
        raise NotImplementedError

    def find_pool(self, name: str) -> ServerPool:
        """Return the pool with this exact name or unique prefix. Raises `NotFound`, `Ambiguous`."""
        raise NotImplementedError

    def add_pool(self, name: str) -> ServerPool:
        """Add an empty pool. Raises `AlreadyExists`, `InvalidInput`."""
        raise NotImplementedError

    def rename_pool(self, pool: ServerPool, name: str) -> ServerPool:
        """Rename it. Raises `AlreadyExists`, `InvalidInput`."""
        raise NotImplementedError

    def set_pool_variables(self, pool: ServerPool, variables: Mapping[str, str | None]) -> ServerPool:
        """Set some variables; None deletes one."""
        raise NotImplementedError

    def remove_pool(self, pool: ServerPool) -> None:
        """Remove it. Raises `Refused` while it has servers."""
        raise NotImplementedError

    def servers(self, pool: ServerPool | None = None) -> list[ManagedNode]:
        """Return the servers of a pool, or all, by name."""
        raise NotImplementedError

    def find_server(self, name: str) -> ManagedNode:
        """Return the server with this exact name or id, or unique prefix of a name. Raises `NotFound`, `Ambiguous`."""
        raise NotImplementedError

    def detect(self, address: str = LOCAL, *, user: str = "", ssh_port: int = 0) -> list[tuple[str, Detection]]:
        """Ask every platform whether the server runs it; return those that say yes, the best first."""
        raise NotImplementedError

    def add_server(
        self,
        name: str,
        *,
        address: str = LOCAL,
        platform: str | None = None,
        pool: ServerPool | None = None,
        user: str = "",
        ssh_port: int = 0,
        options: Mapping[str, str | int | bool] | None = None,
    ) -> ManagedNode:
        """Connect to a server and add it to the inventory.

        :param platform: its entry-point name; None: the best that is detected
        :raises AlreadyExists: the name is taken, or the machine is there under another name
        :raises NotFound: no platform was detected
        """
        raise NotImplementedError

    def edit_server(
        self,
        server: ManagedNode,
        *,
        name: str | None = None,
        address: str | None = None,
        user: str | None = None,
        ssh_port: int | None = None,
        options: Mapping[str, str | int | bool | None] | None = None,
    ) -> ManagedNode:
        """Change what is given; an option that is None is deleted. It is reconnected when next used."""
        raise NotImplementedError

    def move_server(self, server: ManagedNode, pool: ServerPool | None) -> ManagedNode:
        """Move it to another pool, or to none."""
        raise NotImplementedError

    def remove_server(self, server: ManagedNode, *, force: bool = False) -> None:
        """Take it out of the inventory; its VMs stay as they are.

        :raises Refused: while VMs run on it, or it does not answer, unless forced
        """
        raise NotImplementedError

    def check_server(self, server: ManagedNode) -> list[Finding]:
        """Check the platform's prerequisites on the server and the connection to its hypervisor."""
        raise NotImplementedError

    def server_info(self, server: ManagedNode) -> list[InfoSection]:
        """Return what the server is, from us, its platform and every extension."""
        raise NotImplementedError
