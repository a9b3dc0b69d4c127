import queue

import pytest

from convirt_core.model import EventKind, VMState
from convirt_libvirt.events import Events


@pytest.fixture
def heard(vnode):
    events = queue.Queue()
    end = vnode.subscribe(events.put)
    yield events
    end()


def test_a_change_of_state_is_told(heard, vmm, web):
    vmm.pause(web)
    event = heard.get(timeout=5)
    assert (event.server, event.key, event.kind, event.state) == ("id1", web, EventKind.STATE, VMState.PAUSED)


def test_a_start_counts_as_a_boot(heard, vnode, vmm, web):
    vmm.kill(web)
    vmm.start(web)
    assert [heard.get(timeout=5).state, heard.get(timeout=5).state] == [VMState.STOPPED, VMState.RUNNING]
    assert vnode.vm(web).boots == 1


def test_a_rename_is_no_removal(heard, vmm, web):
    vmm.kill(web)
    config = vmm.config(web)
    config["name"] = "www"
    vmm.write_config(config)
    kinds = [heard.get(timeout=5).kind for _ in range(2)]
    assert EventKind.REMOVED not in kinds


def test_a_removal_leaves_the_vm_absent(heard, vmm, web):
    vmm.kill(web)
    vmm.remove(web)
    assert heard.get(timeout=5).state is VMState.STOPPED
    assert heard.get(timeout=5).state is VMState.ABSENT


def test_who_ends_a_subscription_hears_no_more(vnode, vmm, web):
    first, second = queue.Queue(), queue.Queue()
    end = vnode.subscribe(first.put)
    vnode.subscribe(second.put)
    end()
    vmm.pause(web)
    assert second.get(timeout=5)
    assert first.empty()


def test_a_reconnected_server_goes_on_telling(heard, vnode, vmm, web):
    vnode.close()
    vnode.connect()
    vmm.pause(web)
    assert heard.get(timeout=5).state is VMState.PAUSED


def test_one_listener_s_mistake_costs_the_others_nothing(caplog):
    events, heard = Events("id1"), []

    def fail(event):
        raise ValueError(event)

    events.subscribe(fail)
    events.subscribe(heard.append)
    events._on_reboot(None, type("Domain", (), {"UUIDString": lambda _: "key"})(), None)
    assert [event.kind for event in heard] == [EventKind.REBOOT]
    assert "a listener failed" in caplog.text
