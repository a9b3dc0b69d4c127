"""What a platform says of itself, and that what it can do narrows towards the single VM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import Capability
from convirt_core.platforms import Platform

if TYPE_CHECKING:
    from convirt_core.testing.workbench import Workbench


class Identity:
    """The platform, its server, and how long that stays the same."""

    def test_the_platform_says_what_it_is(self, bench: Workbench) -> None:
        platform = bench.platform
        assert isinstance(platform, Platform)
        assert platform.display_name.strip()
        assert platform.max_concurrency >= 1
        assert all(isinstance(key, str) for key in platform.defaults)

    def test_the_platform_declares_known_capabilities_only(self, bench: Workbench) -> None:
        assert bench.platform.capabilities
        assert sorted(map(str, bench.platform.capabilities - set(Capability))) == []

    def test_a_server_can_do_no_more_than_its_platform(self, bench: Workbench) -> None:
        assert sorted(bench.capabilities - bench.platform.capabilities) == []

    def test_a_vm_can_do_no_more_than_its_server(self, bench: Workbench) -> None:
        assert sorted(bench.define().vm.capabilities - bench.capabilities) == []

    def test_a_server_is_the_same_machine_after_a_new_connection(self, bench: Workbench) -> None:
        before = bench.look(lambda vnode: vnode.host_uuid())
        bench.server.reconnect()
        assert bench.look(lambda vnode: vnode.host_uuid()) == before

    def test_a_server_answers_a_sign_of_life(self, bench: Workbench) -> None:
        bench.look(lambda vnode: vnode.ping())
