"""The networks of a server, active or not."""

from unittest.mock import Mock

import libvirt
import pytest

from convirt_core.errors import ServerUnavailable
from convirt_core.model import Nic
from convirt_core.platforms import CommandResult, missing_networks
from convirt_libvirt import host


@pytest.fixture
def idle(vnode):
    """The server has a network `the idle`, defined and not started."""
    inside = "<name>the idle</name><bridge name='virbr7'/><ip address='192.0.2.1' netmask='255.255.255.0'/>"
    vnode.connection.handle.networkDefineXML(f"<network>{inside}</network>")
    return vnode


def test_one_that_is_not_active_is_told_apart_from_one_that_is_not_there(idle):
    assert "the idle" not in idle.networks()
    found = missing_networks([Nic(source="the idle"), Nic(source="nowhere")], idle)
    assert [one.message for one in found] == [
        "host1 has no network nowhere.",
        "The network the idle of host1 is not active.",
    ]
    assert found[1].remedy.startswith("Start it on the server (virsh net-start 'the idle')")


def test_once_it_is_started_a_vm_can_be_connected_to_it(idle):
    idle.connection.handle.networkLookupByName("the idle").create()
    assert missing_networks([Nic(source="the idle")], idle) == []


class Refusing:
    """A libvirt whose lists of networks and bridges are one error."""

    def __init__(self, error):
        self._error = error

    def listAllNetworks(self, _flags):  # noqa: N802  libvirt's name
        raise self._error

    listAllInterfaces = listAllNetworks  # noqa: N815  likewise


def test_a_libvirt_without_a_network_driver_has_no_networks(libvirt_error):
    handle = Refusing(libvirt_error(libvirt.VIR_ERR_NO_SUPPORT))
    assert host.networks(handle, set) == []
    assert host.idle_networks(handle) == {}


@pytest.mark.parametrize("ask", [lambda handle: host.networks(handle, set), host.idle_networks])
def test_a_network_driver_that_fails_is_not_taken_for_none(libvirt_error, ask):
    with pytest.raises(libvirt.libvirtError):
        ask(Refusing(libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR)))


class Interface:
    """One of a server's, which libvirt says this of."""

    def __init__(self, name, said):
        self.name = lambda: name
        self._said = said

    def XMLDesc(self, _flags):  # noqa: N802  libvirt's name
        if isinstance(self._said, Exception):
            raise self._said
        return f"<interface type='{self._said}' name='{self.name()}'>"


@pytest.fixture
def having(vnode, monkeypatch):
    """Give the server interfaces, and bridges that its system tells of."""

    def have(bridges, **interfaces):
        answer = "".join(f"/sys/class/net/{name}/bridge\n" for name in bridges).encode()
        run = Mock(return_value=CommandResult((), 0, answer, b""))
        monkeypatch.setattr(type(vnode.session.proxy), "run", run, raising=False)
        handle = Mock(wraps=vnode.connection.handle)
        handle.listAllInterfaces = lambda _: [Interface(name, said) for name, said in interfaces.items()]
        monkeypatch.setattr(vnode.connection, "handle", handle)
        return run

    return have


def test_a_member_that_cannot_be_read_hides_neither_its_bridge_nor_the_others(vnode, having, libvirt_error):
    unread = libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR)
    having(["xenbr0"], **{"br1": "bridge", "eth0": "ethernet", "vif5.0": unread, "xenbr0": unread})
    assert vnode.networks()[-2:] == ["br1", "xenbr0"]
    found = missing_networks([Nic(kind="bridge", source="nosuch")], vnode)
    assert [one.message for one in found] == ["host1 has no bridge nosuch."]


def test_what_libvirt_can_read_its_server_is_not_asked_about(vnode, having):
    run = having([], br1="bridge", eth0="ethernet")
    assert vnode.networks()[-1] == "br1"
    run.assert_not_called()


def test_a_connection_that_is_lost_meanwhile_is_not_taken_for_no_bridge(vnode, having, libvirt_error):
    having([], br1=libvirt_error(libvirt.VIR_ERR_RPC, libvirt.VIR_FROM_RPC))
    with pytest.raises(ServerUnavailable):
        vnode.networks()
