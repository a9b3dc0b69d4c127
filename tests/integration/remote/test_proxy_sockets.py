"""Sockets and terminals of this machine and of a server over ssh."""

from __future__ import annotations

import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from convirt_core.errors import NotFound, OperationFailed

pytestmark = pytest.mark.root


@pytest.fixture
def echo(disk_folder) -> Iterator[Path]:
    """A UNIX socket, for all hosts, that sends everything back, and ends a conversation at `bye`."""
    path = disk_folder / "echo socket"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def serve() -> None:
        while True:
            try:
                connected, _ = listener.accept()
            except OSError:
                return
            with connected:
                while (data := connected.recv(65536)) and data != b"bye":
                    connected.sendall(data)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield path
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def connect(path: str) -> socket.socket:
    connected = socket.socket(socket.AF_UNIX)
    connected.settimeout(10)
    connected.connect(path)
    return connected


def received(connected: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count and (piece := connected.recv(count - len(data))):
        data += piece
    return data


def test_a_unix_socket_of_the_server_is_reached(proxy, echo):
    with proxy.connect_unix(str(echo)) as connected:
        connected.sendall(b"hello")
        assert received(connected, 5) == b"hello"


def test_a_unix_socket_that_is_not_there_or_nobodys_is_refused(proxy, disk_folder):
    with pytest.raises(NotFound):
        proxy.connect_unix(str(disk_folder / "nothing"))
    dead = disk_folder / "dead"
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(dead))
    with pytest.raises(OperationFailed, match="Connection refused"):
        proxy.connect_unix(str(dead))


def test_a_tcp_port_that_the_server_reaches_is_reached(far, two_hosts):
    with far.connect(two_hosts.h2.address, 22) as connected:
        assert received(connected, 4) == b"SSH-"
    with pytest.raises(OperationFailed, match=r"cannot connect to 127\.0\.0\.1:9"):
        far.connect("127.0.0.1", 9)


def test_a_forwarded_socket_is_this_persons_alone(far, echo):
    with closing(far.forward_unix(str(echo))) as forwarded:
        path = Path(forwarded.path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.parent.exists()


def test_a_forwarded_socket_carries_much_both_ways(proxy, echo):
    data = os.urandom(1 << 20)
    with closing(proxy.forward_unix(str(echo))) as forwarded, connect(forwarded.path) as connected:
        threading.Thread(target=connected.sendall, args=(data,), daemon=True).start()
        assert received(connected, len(data)) == data


def test_the_end_on_the_server_is_the_end_here(proxy, echo):
    with closing(proxy.forward_unix(str(echo))) as forwarded, connect(forwarded.path) as connected:
        connected.sendall(b"bye")
        assert connected.recv(1) == b""


def test_closing_a_forwarding_wakes_who_reads_from_it(far, echo):
    forwarded = far.forward_unix(str(echo))
    with connect(forwarded.path) as connected:
        connected.sendall(b"x")
        assert received(connected, 1) == b"x"
        threading.Timer(0.3, forwarded.close).start()
        assert connected.recv(1) == b""


def test_a_tcp_port_is_forwarded(far, two_hosts):
    with closing(far.forward_tcp("127.0.0.1", 22)) as forwarded:
        for _ in range(2):
            with connect(forwarded.path) as connected:
                assert received(connected, 4) == b"SSH-"


def test_a_command_serves_each_connection_and_its_complaint_is_kept(proxy):
    with closing(proxy.forward_command(["sh", "-c", "read word; echo $word; echo sorry >&2; exit 1"])) as forwarded:
        with connect(forwarded.path) as connected:
            connected.sendall(b"hello\n")
            assert received(connected, 6) == b"hello\n"
            assert connected.recv(1) == b""
        assert forwarded.complaint == "sorry"


def test_a_helper_ends_with_the_connection(far, two_hosts):
    with closing(far.forward_command(["cat"])) as forwarded, connect(forwarded.path) as connected:
        connected.sendall(b"x")
        assert received(connected, 1) == b"x"
    until(lambda: not [each for each in two_hosts.h1.processes() if each.words == "cat"])


def test_a_terminal_has_a_size_runs_a_command_and_says_how_it_ended(proxy):
    with closing(proxy.open_terminal(["sh", "-c", "stty size; read go; stty size; exit 7"], columns=100)) as terminal:
        said = read_until(terminal, b"24 100\r\n")
        terminal.resize(120, 50)
        terminal.write(b"go\n")
        said += read_until(terminal, b"50 120\r\n")
        while terminal.read(timeout_seconds=5) is not None:
            pass
        until(lambda: terminal.exit_code == 7)


def test_hanging_up_ends_the_command(proxy):
    terminal = proxy.open_terminal(["sleep", "1000"])
    assert terminal.read(timeout_seconds=0.5) == b""
    terminal.close()
    terminal.close()


def test_without_a_command_it_is_the_login_shell(far):
    with closing(far.open_terminal()) as terminal:
        terminal.write(b"echo $((40 + 2))\n")
        assert read_until(terminal, b"42\r\n")


def read_until(terminal, wanted: bytes) -> bytes:
    said = b""
    while wanted not in said:
        piece = terminal.read(timeout_seconds=10)
        assert piece, said
        said += piece
    return said


def until(condition, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
