"""All that is to be shown of one server: from its system, its hypervisor and every plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from convirt_core.errors import ConvirtError
from convirt_core.hookspecs import PlatformUIHelperSpec
from convirt_core.services.environment import environment_facts, without_doubles
from convirt_core.services.sections import sections_of, server_section

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import InfoSection, ManagedNode, ServerEnvironment
    from convirt_core.platforms import VNode
    from convirt_core.plugins import Plugins
    from convirt_core.services.environment import Environments
    from convirt_core.services.servers import Server

T = TypeVar("T")
_SLOW_SECONDS = 60.0  # a libvirtd that just started probes its emulators, and plugins are asked too


@frozen
class ServerInfo:
    """What a server is. One half of it may be missing: then its error says why.

    :param environment: by commands on the server
    :param sections: what the inventory, the hypervisor and the plugins say beside that
    """

    node: ManagedNode
    environment: ServerEnvironment | None
    sections: tuple[InfoSection, ...]
    environment_error: ConvirtError | None = None
    hypervisor_error: ConvirtError | None = None


def read_server_info(
    server: Server, pool_name: str, plugins: Plugins, environments: Environments, *, refresh: bool = False
) -> ServerInfo:
    """Ask a server's hypervisor and, at the same time, the server itself.

    :param refresh: read the environment anew although it is known
    :raises ConvirtError: the hypervisor's error, if neither answers
    """
    listing, refused = _attempt(lambda: server.begin_look(lambda vnode: vnode.vms()))
    environment, environment_error = _attempt(lambda: environments.of(server.node, refresh=refresh))
    vms, silent = _attempt(listing.result) if listing else (None, refused)
    told, late = _attempt(lambda: _ask_hypervisor(server, plugins)) if vms is not None else (None, silent)
    if environment_error and late:
        raise late
    ours = server_section(server.node, pool_name, vms)
    known = ours.as_dict() | (environment_facts(environment) if environment else {})
    sections = without_doubles(told or (), known)
    return ServerInfo(server.node, environment, (ours, *sections), environment_error, late)


def _ask_hypervisor(server: Server, plugins: Plugins) -> list[InfoSection]:
    def read(vnode: VNode) -> list[InfoSection]:
        answers = plugins.ask(server.node.platform, PlatformUIHelperSpec.convirt_platform_info, vnode=vnode)
        return [*vnode.platform_info(), *sections_of(answers)]

    return server.look(read, deadline_seconds=_SLOW_SECONDS)


def _attempt(read: Callable[[], T]) -> tuple[T | None, ConvirtError | None]:
    """Return what is read, or why it cannot be."""
    try:
        return read(), None
    except ConvirtError as error:
        return None, error
