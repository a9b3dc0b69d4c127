"""What a server can do, and what it says of itself."""

from types import SimpleNamespace

from labs.invented_dom0 import WEB, listed

from convirt_core.model import Capability
from convirt_core.platforms import CommandResult
from convirt_xen.information import server_section


def test_a_pv_guest_moves_running_only_where_xen_can_log_what_it_changes(vnode, proxy):
    refused = listed(vnode, "web").refusal(Capability.MIGRATE_LIVE)
    assert not refused.supported
    assert "PV guest" in refused.message
    for info in (b"virt_caps : pv hvm hap shadow", b""):
        proxy.info = CommandResult((), 0, info, b"")
        vnode.connect()
        assert listed(vnode, "web").refusal(Capability.MIGRATE_LIVE) is None


def test_a_screen_needs_a_qemu_in_domain_0(vnode, proxy, session):
    assert Capability.GRAPHICAL_CONSOLE not in vnode.capabilities
    handle = SimpleNamespace(getCapabilities=lambda: "<emulator>/usr/lib/xen/bin/qemu-system-i386</emulator>")
    connection = SimpleNamespace(asking=vnode.connection.asking, handle=handle)
    assert Capability.GRAPHICAL_CONSOLE not in vnode.probe(connection)
    proxy.files["/usr/lib/xen/bin/qemu-system-i386"] = ""
    assert Capability.GRAPHICAL_CONSOLE in vnode.probe(connection)


def test_a_server_is_known_by_the_uuid_of_its_firmware(vnode, proxy):
    assert vnode.host_uuid() == ""
    proxy.files["/sys/class/dmi/id/product_uuid"] = f"{WEB.upper()}\n"
    assert vnode.host_uuid() == WEB


def test_information_on_a_server_says_what_domain_0_has_of_it(vnode):
    values = server_section(vnode).as_dict()
    assert (values["xen_version"], values["xen_scheduler"]) == ("4.17.7", "credit2")
    assert values["domain_0_memory_bytes"] == 128 << 20
