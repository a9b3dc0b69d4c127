"""The console over a stream that answers as libvirt's do, event by event."""

import threading
import time

import libvirt
import pytest

from convirt_core.errors import ServerUnavailable
from convirt_libvirt.serial import StreamConsole

READABLE, WRITABLE = libvirt.VIR_STREAM_EVENT_READABLE, libvirt.VIR_STREAM_EVENT_WRITABLE
HANGUP = libvirt.VIR_STREAM_EVENT_HANGUP
WOULD_BLOCK = -2


class Stream:
    """A non-blocking stream: `arrive` puts bytes in, `sent` holds what went out, up to `room` bytes."""

    def __init__(self, error):
        self._error = error
        self._waiting = b""
        self._callback = None
        self.wanted = 0
        self.room = 1 << 20
        self.sent = b""
        self.broken = False
        self.aborted = 0

    def eventAddCallback(self, events, callback, _opaque):  # noqa: N802  libvirt's name
        self.wanted, self._callback = events, callback

    def eventUpdateCallback(self, events):  # noqa: N802  libvirt's name
        self.wanted = events

    def eventRemoveCallback(self):  # noqa: N802  libvirt's name
        self._callback = None

    def recv(self, size):
        if self.broken:
            raise self._error
        if not self._waiting:
            return WOULD_BLOCK
        piece, self._waiting = self._waiting[:size], self._waiting[size:]
        return piece

    def send(self, data):
        taken = data[: self.room]
        if not taken:
            return WOULD_BLOCK
        self.sent += taken
        self.room -= len(taken)
        return len(taken)

    def abort(self):
        self.aborted += 1

    def arrive(self, data):
        self._waiting += data
        self.happen(READABLE)

    def happen(self, event):
        if self._callback and (self.wanted & event or event == HANGUP):
            self._callback(self, event, None)


@pytest.fixture
def stream(libvirt_error):
    return Stream(libvirt_error(libvirt.VIR_ERR_RPC, message="stream had I/O failure"))


@pytest.fixture
def connected():
    return [True]


@pytest.fixture
def console(stream, connected):
    return StreamConsole(stream, "The console of web on host1", lambda: connected[0])


def later(action, *arguments):
    threading.Timer(0.05, action, arguments).start()


def test_what_has_come_is_read(console, stream):
    stream.arrive(b"login: ")
    assert console.read(timeout_seconds=1) == b"login: "


def test_a_silent_line_reads_as_nothing_in_time(console):
    assert console.read(timeout_seconds=0.01) == b""


def test_a_reader_is_woken_by_what_comes(console, stream):
    later(stream.arrive, b"hello")
    assert console.read(timeout_seconds=10) == b"hello"


def test_a_silent_line_costs_libvirt_s_event_thread_nothing(console, stream):
    stream.happen(READABLE)
    assert not stream.wanted & READABLE


def test_the_last_words_are_read_before_the_end(console, stream):
    stream.arrive(b"bye")
    stream.happen(HANGUP)
    assert [console.read(timeout_seconds=1), console.read(timeout_seconds=1)] == [b"bye", None]


def test_a_reader_is_woken_by_the_end(console, stream):
    later(stream.happen, HANGUP)
    assert console.read(timeout_seconds=10) is None


def test_closing_wakes_the_reader(console):
    later(console.close)
    assert console.read(timeout_seconds=10) is None


def test_closing_lets_the_line_go_once(console, stream):
    console.close()
    console.close()
    assert stream.aborted == 1


def test_being_thrown_out_is_the_end(console, stream):
    stream.broken = True
    assert console.read(timeout_seconds=1) is None


def test_a_lost_connection_is_an_error(console, stream, connected):
    stream.broken, connected[0] = True, False
    with pytest.raises(ServerUnavailable, match="The console of web on host1 broke off"):
        console.read(timeout_seconds=1)


def test_all_that_is_written_is_sent_however_slowly_the_line_takes_it(console, stream):
    stream.room = 3

    def make_room():
        for _ in range(4):
            time.sleep(0.02)
            stream.room = 3
            stream.happen(WRITABLE)

    threading.Thread(target=make_room).start()
    console.write(b"0123456789")
    assert stream.sent == b"0123456789"


def test_nothing_is_written_to_a_closed_line(console):
    console.close()
    with pytest.raises(ServerUnavailable, match="has been closed"):
        console.write(b"x")
