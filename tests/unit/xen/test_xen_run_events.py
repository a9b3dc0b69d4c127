"""What is told of the runs of a VM: the end of one is no end of the VM."""

from types import SimpleNamespace

import libvirt
import pytest
from labs.invented_dom0 import WEB

from convirt_core.model import EventKind, VMState
from convirt_xen.events import XenEvents


class Run:
    """A domain as an event names it."""

    def __init__(self, number):
        self._number = number

    def UUIDString(self):  # noqa: N802  libvirt's name
        return WEB

    def ID(self):  # noqa: N802  libvirt's name
        return self._number


STARTED, STOPPED = libvirt.VIR_DOMAIN_EVENT_STARTED, libvirt.VIR_DOMAIN_EVENT_STOPPED


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        ([(STARTED, 6), (STOPPED, 5)], [(EventKind.STATE, "running"), (EventKind.REBOOT, "running")]),
        ([(STARTED, 6), (STOPPED, 6)], [(EventKind.STATE, "running"), (EventKind.STATE, "stopped")]),
        ([(STARTED, 6), (STOPPED, -1)], [(EventKind.STATE, "running"), (EventKind.STATE, "stopped")]),
        ([(STOPPED, 5)], [(EventKind.STATE, "stopped")]),
    ],
)
def test_the_end_of_an_older_run_is_told_as_the_reboot_that_it_is(told, heard):
    events, seen = XenEvents("id1"), []
    events.subscribe(lambda event: seen.append((event.kind, event.state)))
    for event, number in told:
        events._on_lifecycle(None, Run(number), event, 0, None)
    assert seen == heard


def connection_to(*held):
    """A connection to a libvirt that has these domains running."""
    handle = SimpleNamespace(listAllDomains=lambda _which: held)
    return SimpleNamespace(handle=handle, listen=lambda _kind, _callback: None)


def test_a_connection_that_was_cut_in_the_middle_of_a_reboot_makes_no_stop_of_it():
    events, seen = XenEvents("id1"), []
    events.subscribe(lambda event: seen.append((event.kind, event.state)))
    events.listen_to(connection_to(Run(6)))
    events._on_lifecycle(None, Run(5), STOPPED, 0, None)
    assert seen == [(EventKind.REBOOT, VMState.RUNNING)]


def test_a_run_that_begins_while_those_that_there_are_are_read_is_known():
    events, seen = XenEvents("id1"), []
    events.subscribe(lambda event: seen.append((event.kind, event.state)))

    def begin(_which):
        events._on_lifecycle(None, Run(6), STARTED, 0, None)
        return [Run(5)]

    connection = connection_to()
    connection.handle.listAllDomains = begin
    events.listen_to(connection)
    events._on_lifecycle(None, Run(5), STOPPED, 0, None)
    assert seen[-1] == (EventKind.REBOOT, VMState.RUNNING)


def test_the_runs_of_a_host_that_was_restarted_since_are_forgotten():
    events, seen = XenEvents("id1"), []
    events.subscribe(lambda event: seen.append((event.kind, event.state)))
    events.listen_to(connection_to())
    events._on_lifecycle(None, Run(40), STARTED, 0, None)
    boots = events.boots[WEB]
    events.listen_to(connection_to(Run(3)))
    events._on_lifecycle(None, Run(3), STOPPED, 0, None)
    assert seen[-1] == (EventKind.STATE, VMState.STOPPED)
    assert events.boots[WEB] == boots
