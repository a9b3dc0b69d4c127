import socket

import pytest

from convirt_core.errors import NotFound, OperationFailed
from convirt_core.model import Severity
from convirt_core.platforms import CommandResult, FileEntry
from convirt_libvirt.prerequisites import LIBVIRTD_SOCKET, Driver, check_driver, check_libvirt, check_lock_folder

DRIVER = Driver("qemu", "QEMU", "libvirt-daemon-driver-qemu", "virtqemud")
OTHER_SOCKET = "/run/libvirt/virtqemud-sock"
REMEDY = "Install libvirt."


class Server:
    """A proxy of a server where these paths are; connecting to a socket ends as told."""

    def __init__(self, *paths, refusal=None, writable=True):
        self._paths = paths
        self._refusal = refusal
        self._writable = writable

    def stat(self, path):
        return FileEntry(path, "other", 0, 0.0) if path in self._paths else None

    def connect_unix(self, _path):
        if self._refusal:
            raise self._refusal
        return socket.socket(socket.AF_UNIX)

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


def test_the_folder_for_locks_is_found_or_missed():
    assert check_lock_folder(Server("/run/lock")).severity is Severity.INFO
    missed = check_lock_folder(Server())
    assert (missed.severity, missed.remedy) == (Severity.ERROR, "mkdir /run/lock")


@pytest.mark.parametrize("folder", ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"])
def test_the_driver_is_found_where_distributions_have_it(folder):
    path = f"{folder}/libvirt/connection-driver/libvirt_driver_qemu.so"
    assert check_driver(Server(path), DRIVER).severity is Severity.INFO


def test_a_libvirt_without_the_driver_is_told_which_package_has_it():
    finding = check_driver(Server("/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_lxc.so"), DRIVER)
    assert (finding.code, finding.severity) == ("qemu-driver", Severity.ERROR)
    assert "libvirt-daemon-driver-qemu" in finding.remedy
