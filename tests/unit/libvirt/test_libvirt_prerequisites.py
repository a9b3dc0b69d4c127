import socket

import pytest

from convirt_core.errors import NotFound, OperationFailed
from convirt_core.model import Severity
from convirt_core.platforms import CommandResult, FileEntry
from convirt_libvirt.prerequisites import LIBVIRTD_SOCKET, check_libvirt, check_lock_folder, check_log_daemon

OTHER_SOCKET = "/run/libvirt/virtqemud-sock"
REMEDY = "Install libvirt."


class Server:
    """A proxy of a server where these paths are; connecting to a socket ends as told."""

    def __init__(self, *paths, refusal=None, writable=True):
        self._paths = paths
        self._refusal = refusal
        self._writable = writable

        self.conf = NotFound("There is no qemu.conf.")

    def stat(self, path):
        return FileEntry(path, "other", 0, 0.0) if path in self._paths else None

    def connect_unix(self, _path):
        if self._refusal:
            raise self._refusal
        return socket.socket(socket.AF_UNIX)

    def read_file(self, path):
        if isinstance(self.conf, Exception):
            raise self.conf
        assert path == "/etc/libvirt/qemu.conf"
        return self.conf

    def run(self, argv):
        return CommandResult(tuple(argv), 0 if self._writable else 1, b"", b"")


def check(server):
    return check_libvirt(server, (LIBVIRTD_SOCKET, OTHER_SOCKET), REMEDY)


@pytest.mark.parametrize("path", [LIBVIRTD_SOCKET, OTHER_SOCKET])
def test_a_daemon_that_answers_is_well(path):
    finding = check(Server(path))
    assert finding.severity is Severity.INFO
    assert path in finding.message


def test_a_server_without_a_daemon_is_told_how_to_get_one():
    finding = check(Server())
    assert (finding.severity, finding.remedy) == (Severity.ERROR, REMEDY)


def test_the_socket_of_a_dead_daemon_is_seen_through():
    finding = check(Server(LIBVIRTD_SOCKET, refusal=NotFound("gone")))
    assert "does not run" in finding.message
    assert finding.remedy == REMEDY


def test_a_user_without_the_right_is_told_which_group_has_it():
    finding = check(Server(LIBVIRTD_SOCKET, refusal=OperationFailed("Permission denied."), writable=False))
    assert finding.severity is Severity.ERROR
    assert "group 'libvirt'" in finding.remedy


@pytest.mark.parametrize(
    ("look", "path"), [(check_log_daemon, "/run/libvirt/virtlogd-sock"), (check_lock_folder, "/run/lock")]
)
def test_what_guests_need_is_found_or_missed(look, path):
    assert look(Server(path)).severity is Severity.INFO
    assert look(Server()).severity is Severity.ERROR
    assert look(Server()).remedy


@pytest.mark.parametrize(
    ("conf", "severity"),
    [
        (b'#stdio_handler = "logd"\nstdio_handler = "file"\n', Severity.INFO),
        (b'#stdio_handler = "file"\n', Severity.ERROR),
        (OperationFailed("Permission denied."), Severity.WARNING),
    ],
)
def test_the_log_daemon_is_needed_unless_vms_write_their_logs_themselves(conf, severity):
    server = Server()
    server.conf = conf
    assert check_log_daemon(server).severity is severity
