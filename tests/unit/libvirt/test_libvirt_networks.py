"""The networks of a server, active or not."""

import libvirt
import pytest

from convirt_core.model import Nic
from convirt_core.platforms import missing_networks
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
    assert host.networks(handle) == []
    assert host.idle_networks(handle) == {}


@pytest.mark.parametrize("ask", [host.networks, host.idle_networks])
def test_a_network_driver_that_fails_is_not_taken_for_none(libvirt_error, ask):
    with pytest.raises(libvirt.libvirtError):
        ask(Refusing(libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR)))
