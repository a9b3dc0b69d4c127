"""Servers: making a VNode, checking placement and migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.hookspecs.markers import hookspec
from convirt_core.hookspecs.platform import PluginSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.model import Finding, ManagedNode, MigrationRequest, PlacementRequest
    from convirt_core.platforms import NodeSession, VNode


class VNodeSpec(PluginSpec):
    """The factory is the platform's; the checks are the platform's and every extension's."""

    @hookspec
    def convirt_create_vnode(self, node: ManagedNode, session: NodeSession) -> VNode:
        """Make the platform's VNode for a server. No I/O: `VNode.connect` opens the connection.

        Example::

            @hookimpl
            def convirt_create_vnode(self, node: ManagedNode, session: NodeSession) -> VNode:
                return ToyNode(node, session)
        """
        raise NotImplementedError

    @hookspec
    def convirt_check_migration(self, request: MigrationRequest) -> Sequence[Finding]:
        """Say what stands against moving a VM. An error refuses, a warning asks.

        Example::

            @hookimpl
            def convirt_check_migration(self, request: MigrationRequest) -> Sequence[Finding]:
                if request.destination.pool == request.source.pool:
                    return []
                return [Finding("other-pool", "Policy", Severity.WARNING, "The servers are in two pools.")]
        """
        raise NotImplementedError

    @hookspec
    def convirt_check_placement(self, request: PlacementRequest) -> Sequence[Finding]:
        """Say what stands against provisioning a VM on a server. An error refuses.

        Example::

            @hookimpl
            def convirt_check_placement(self, request: PlacementRequest) -> Sequence[Finding]:
                if request.memory_bytes <= 8 << 30:
                    return []
                return [Finding("too-large", "Policy", Severity.ERROR, "VMs above 8 GiB need a permit.")]
        """
        raise NotImplementedError
