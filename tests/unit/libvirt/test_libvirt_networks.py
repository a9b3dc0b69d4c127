"""The networks of a server, active or not."""

import pytest

from convirt_core.model import Nic
from convirt_core.platforms import missing_networks


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
