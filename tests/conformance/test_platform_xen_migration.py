"""Guests of Xen move between two servers; apart from the rest, for two emulated servers at once take long.

Debian's Xen cannot note what memory a PV guest changes: these are PVH guests.
"""

from __future__ import annotations

from contextlib import ExitStack
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from labs.xen.kit import XenServer
from labs.xen.lab import XenLab
from labs.xen.managed import person_of

from convirt_core.model import Capability, ManagedNode
from convirt_core.testing import Lab, PlatformContract

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from convirt_core.services.listed import ListedVM

pytestmark = [pytest.mark.root, pytest.mark.guest]


class TwoXenServers(XenServer):
    """A second server beside the first, on one network with it; what a migration does not need is left to the other."""

    deadlines = MappingProxyType(dict.fromkeys(Capability, 300.0))
    not_here = MappingProxyType({})
    answer_seconds = 90.0

    def __init__(self, here: XenLab, there: XenLab) -> None:
        super().__init__(here)
        self._servers = {server.name: server for server in (here, there)}
        self._there = there

    def node(self) -> ManagedNode:
        return _node(self._server)

    def elsewhere(self) -> ManagedNode | None:
        return _node(self._there)

    def values(self, name: str) -> Mapping[str, object]:
        return {**super().values(name), "type": "pvh"}

    def servers(self) -> Sequence[XenLab]:
        return list(self._servers.values())

    def server_of(self, vm: ListedVM) -> XenLab:
        return self._servers[vm.server.name]


def _node(server: XenLab) -> ManagedNode:
    """The server with how the other one's libvirt reaches it: to find that out takes ssh too long here."""
    way = {"migration_uri": f"xen+ssh://root@{server.name}/system?no_tty=1"}
    return ManagedNode("", server.name, "xen", address=server.name, options=way)


class TestXenMigration(PlatformContract):
    @pytest.fixture(scope="class")
    @classmethod
    def lab(cls) -> Iterator[Lab]:
        with ExitStack() as stack:
            here, there = (
                stack.enter_context(XenLab.up(f"move{number}", number=number, is_linked=True)) for number in (1, 2)
            )
            here.knows(there)
            stack.enter_context(person_of(here))
            yield TwoXenServers(here, there)
