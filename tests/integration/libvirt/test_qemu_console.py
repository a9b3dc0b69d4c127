"""The serial console and the screen of a real guest."""

import threading
import time

import pytest

from convirt_core.errors import Busy, NotSupported, WrongState
from convirt_core.model import VMState

pytestmark = [pytest.mark.root, pytest.mark.guest]


def test_a_person_and_a_guest_talk(shared, terminal):
    assert "42!" in terminal(shared.key).answer("echo $((6 * 7))!")


def test_much_output_comes_whole(shared, terminal):
    said = terminal(shared.key).answer("head -c 300000 /dev/zero | tr '\\0' x")
    assert said.count("x") == 300_000 + 1  # and one in the echo of the command


def test_a_second_person_is_refused_and_may_throw_the_first_one_out(vmm, shared, terminal):
    first = terminal(shared.key)
    with pytest.raises(Busy, match="Somebody has the console"):
        vmm.open_serial_console(shared.key)
    second = vmm.open_serial_console(shared.key, force=True)
    try:
        assert reads_the_end(first.console)
        second.write(b"echo second-$((1 + 1))\n")
        assert until(second, b"second-2")
    finally:
        second.close()


def test_a_closed_console_is_free_for_the_next(shared, terminal):
    terminal(shared.key).console.close()
    assert "again" in terminal(shared.key).answer("echo again")


def test_the_end_of_the_vm_is_the_end_of_its_console(vmm, running, terminal):
    console = terminal(running.key).console
    vmm.kill(running.key)
    assert reads_the_end(console)


def test_a_waiting_console_does_not_slow_the_server_s_other_calls(vnode, shared, terminal):
    console = terminal(shared.key).console
    reader = threading.Thread(target=console.read, kwargs={"timeout_seconds": 30})
    reader.start()
    slowest = 0.0
    for _ in range(300):
        begin = time.monotonic()
        assert vnode.vm(shared.key).state is VMState.RUNNING
        slowest = max(slowest, time.monotonic() - begin)
    console.close()
    reader.join(10)
    assert not reader.is_alive()
    assert slowest < 1.0


def test_a_stopped_vm_has_no_console(vmm, running):
    vmm.kill(running.key)
    with pytest.raises(WrongState, match="is not running"):
        vmm.open_serial_console(running.key)


def test_a_screen_is_where_libvirt_serves_it_and_says_that_it_wants_a_password(vmm, boot):
    key = boot("screen", devices="<graphics type='vnc' port='-1' passwd='secret'/>").key
    screen = vmm.graphical_console(key)
    assert (screen.protocol, screen.host, screen.needs_password) == ("vnc", "127.0.0.1", True)
    assert screen.port >= 5900


def test_a_guest_without_a_screen_has_none(vmm, shared):
    with pytest.raises(NotSupported, match="has no screen"):
        vmm.graphical_console(shared.key)


def reads_the_end(console):
    deadline = time.monotonic() + 10
    while (piece := console.read(timeout_seconds=1)) is not None:
        assert time.monotonic() < deadline, piece
    return True


def until(console, text):
    said, deadline = b"", time.monotonic() + 10
    while text not in said and time.monotonic() < deadline:
        said += console.read(timeout_seconds=1) or b""
    return text in said
