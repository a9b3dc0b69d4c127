from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import libvirt
import pytest
from attrs import evolve

from convirt_core.errors import DeadlineExceeded, InvalidInput, LoginFailed, NotFound, OutcomeUnknown, ServerUnavailable
from convirt_core.model import Capability, ManagedNode
from convirt_libvirt import address
from convirt_libvirt.address import Address
from convirt_libvirt.connection import Connection
from convirt_libvirt.reach import Opening, check_port
from convirt_libvirt.test_platform import InventedVNode


def node(**options):
    return ManagedNode("id1", "host1", "test", options=options)


def test_a_server_that_is_not_connected_says_so(session):
    with pytest.raises(ServerUnavailable, match="host1 is not connected"):
        InventedVNode(node(), session).vms()


def test_a_libvirt_that_is_not_there_is_one_sentence_with_its_uri(session):
    vnode = InventedVNode(node(uri="test:///nowhere.xml"), session)
    with pytest.raises(ServerUnavailable, match=r"Cannot connect to libvirt on host1 \(test:///nowhere.xml\)") as error:
        vnode.connect()
    assert "server check" in error.value.remedy


class Far:
    """The proxy of a server whose helper says why it ends, for a node session."""

    def __init__(self, complaint: str) -> None:
        self.proxy = self
        self.path, self.complaint = "/nowhere/socket", complaint
        self.closed = 0
        self.asked: list[str] = []

    def lost(self, reason: str) -> None:
        raise AssertionError(reason)

    def forward_command(self, argv: list[str]) -> Far:
        self.asked.append(argv[-1])
        return self

    def stat(self, path: str) -> None:
        self.asked.append(path)

    def close(self) -> None:
        self.closed += 1


FAR = ManagedNode("id1", "far", "test", address="far.example")


@pytest.mark.parametrize(
    ("complaint", "kind", "sentence"),
    [
        ("helper: 'sock': Permission denied", LoginFailed, "You may not use libvirt on far: Permission denied."),
        ("helper: 'sock': Connection refused", ServerUnavailable, "libvirt does not run on far: Connection refused."),
        (
            "helper: 'sock': No such file or directory",
            ServerUnavailable,
            "libvirt does not run on far: No such file or directory.",
        ),
    ],
)
def test_another_machines_libvirt_is_asked_there_and_its_refusal_is_told_in_its_words(complaint, kind, sentence):
    far = Far(complaint)
    with pytest.raises(ServerUnavailable) as error:
        InventedVNode(FAR, far).connect()
    assert (type(error.value), str(error.value)) == (kind, sentence)
    assert error.value.remedy
    assert (far.asked, far.closed) == (["test:///default"], 1)


def test_a_machine_without_helper_and_socket_has_no_libvirt():
    far = Far("there is no virt-ssh-helper")
    with pytest.raises(NotFound, match=r"There is no libvirt on far\."):
        InventedVNode(FAR, far).connect()
    assert far.asked[1:] == ["/run/libvirt/libvirt-sock"]


def test_a_libvirt_behind_ssh_is_named_as_on_its_server_and_not_by_our_passing_socket(libvirt_error, monkeypatch):
    def end(uri: str) -> None:
        assert "/nowhere/socket" in uri
        raise libvirt_error(libvirt.VIR_ERR_RPC, message="End of file while reading data")

    monkeypatch.setattr(libvirt, "open", end)
    with pytest.raises(ServerUnavailable) as error:
        InventedVNode(FAR, Far("")).connect()
    assert str(error.value) == (
        "Cannot connect to libvirt on far (test:///default, over ssh, by virt-ssh-helper): "
        "End of file while reading data."
    )


def test_a_way_that_ends_while_it_is_used_is_not_taken_for_a_libvirt_that_does_not_run():
    with pytest.raises(ServerUnavailable) as error:
        InventedVNode(FAR, Far("")).connect()
    assert str(error.value) == "The way to libvirt on far ended while it was being connected."


@pytest.mark.parametrize("uri", ["qemu+tcp://127.0.0.1:9/system", "qemu+tls://no-such-host.invalid/system"])
def test_a_uri_where_nobody_answers_is_given_up_before_libvirt_tries(session, uri):
    with pytest.raises(ServerUnavailable, match="Cannot connect to libvirt on host1") as error:
        InventedVNode(node(uri=uri), session).connect()
    assert "listens there" in error.value.remedy


@pytest.mark.parametrize("uri", ["test:///default", "qemu:///session", "qemu+unix://far.example/system"])
def test_a_uri_that_leads_to_this_machine_is_refused_for_another(session, uri):
    with pytest.raises(InvalidInput, match=r"leads to libvirt on this machine, and far is at far\.example") as error:
        InventedVNode(evolve(FAR, options={"uri": uri}), session).connect()
    assert "qemu+tls://far.example/system" in error.value.remedy


def test_a_port_is_tried_once_for_each_connection(session, libvirt_error, monkeypatch):
    def refuse(uri: str) -> None:
        raise libvirt_error(libvirt.VIR_ERR_RPC)

    monkeypatch.setattr(libvirt, "open", refuse)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        with pytest.raises(ServerUnavailable):
            InventedVNode(node(uri=f"test+tcp://127.0.0.1:{server.getsockname()[1]}/default"), session).connect()
        server.accept()[0].close()
        with pytest.raises(TimeoutError):
            server.accept()


@pytest.fixture
def silent_uri() -> Iterator[str]:
    """Where the connection is taken and nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"test+tcp://127.0.0.1:{server.getsockname()[1]}/default"


def test_an_opening_over_a_network_of_libvirts_ends_at_its_deadline(session, silent_uri, monkeypatch):
    monkeypatch.setattr(address, "OPEN_SECONDS", 0.1)
    with pytest.raises(DeadlineExceeded, match="took the connection and did not answer"):
        InventedVNode(node(uri=silent_uri), session).connect()


def test_closing_ends_an_opening_that_hangs(session, silent_uri):
    vnode = InventedVNode(node(uri=silent_uri), session)
    threading.Timer(0.2, vnode.close).start()
    with pytest.raises(ServerUnavailable, match="host1 was closed while"):
        vnode.connect()


def test_what_is_opened_too_late_is_closed(silent_uri, monkeypatch):
    answer, closed = threading.Event(), threading.Event()

    def open_late(uri: str) -> SimpleNamespace:
        answer.wait(5)
        return SimpleNamespace(close=closed.set)

    monkeypatch.setattr(libvirt, "open", open_late)
    opening = Opening(silent_uri, "host1")
    with pytest.raises(DeadlineExceeded):
        opening.result(0.05)
    answer.set()
    assert closed.wait(5)


def test_what_the_server_can_do_is_known_from_the_connection_on(session, host_with):
    vnode = InventedVNode(node(uri=host_with("web")), session)
    assert vnode.capabilities == frozenset()
    vnode.connect()
    assert Capability.EVENTS in vnode.capabilities
    vnode.close()


def test_closing_twice_is_well(vnode):
    vnode.close()
    vnode.close()
    with pytest.raises(ServerUnavailable):
        vnode.vms()


def test_a_connection_that_opens_after_the_server_was_closed_is_not_kept(session, host_with):
    class Slow(InventedVNode):
        def probe(self, connection):
            self.close()
            return super().probe(connection)

    vnode = Slow(node(uri=host_with("web")), session)
    with pytest.raises(ServerUnavailable, match="closed while"):
        vnode.connect()
    with pytest.raises(ServerUnavailable, match="not connected"):
        vnode.vms()


def test_a_lost_connection_is_reported_and_a_read_fails_plainly(session, vnode, libvirt_error):
    connection = vnode.connection
    with pytest.raises(ServerUnavailable), connection.asking("list the VMs"):
        raise libvirt_error(libvirt.VIR_ERR_RPC, message="the wire was cut")
    assert session.reasons == ["the wire was cut"]


def test_a_change_on_a_lost_connection_has_an_unknown_outcome(session, vnode, libvirt_error):
    with pytest.raises(OutcomeUnknown), vnode.connection.changing("start web"):
        raise libvirt_error(libvirt.VIR_ERR_RPC)
    assert len(session.reasons) == 1


def test_a_driver_in_this_process_lends_the_shared_connection(vnode):
    with vnode.connection.apart() as handle:
        assert handle is vnode.connection.handle


def test_four_threads_use_one_server_at_once(vnode):
    lists = []
    threads = [threading.Thread(target=lambda: lists.extend(vnode.vms() for _ in range(50))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(lists) == 200
    assert all({vm.name for vm in vms} == {"web", "db"} for vms in lists)


def test_libvirt_prints_nothing_itself(capfd):
    with pytest.raises(ServerUnavailable):
        Connection(Address("qemu+unix:///system?socket=/nowhere"), "host1", print)
    assert capfd.readouterr() == ("", "")


def test_listing_vms_imports_no_xml_library(host_with):
    program = f"""
import sys
from types import SimpleNamespace
from convirt_core.model import ManagedNode
from convirt_libvirt.test_platform import TestPlatform
platform = TestPlatform(SimpleNamespace())
node = ManagedNode("id1", "host1", "test", options={{"uri": "{host_with("web")}"}})
vnode = platform.convirt_create_vnode(node, SimpleNamespace(lost=print))
platform.convirt_create_vmm(vnode)
vnode.connect()
assert vnode.vms()
heavy = {{"lxml", "paramiko", "peewee", "rich", "keyring", "subprocess", "xml.sax"}} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_port_that_nobody_listens_on_is_told_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        uri = f"qemu+tcp://127.0.0.1:{free.getsockname()[1]}/system"
        with pytest.raises(ServerUnavailable, match=r"Cannot connect to libvirt on host1 .*: Connection refused at"):
            check_port(uri, "host1")


def test_a_port_that_somebody_listens_on_is_good():
    with socket.create_server(("127.0.0.1", 0)) as server:
        check_port(f"qemu+tcp://127.0.0.1:{server.getsockname()[1]}/system", "host1")


@pytest.mark.parametrize("uri", ["qemu:///system", "qemu+ssh://alias/system", "qemu+unix:///system?socket=/s"])
def test_no_port_is_tried_where_the_uri_leads_over_no_network_of_libvirts(uri):
    check_port(uri, "host1")
