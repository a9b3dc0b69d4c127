"""A server that is made of what a test says of it."""

import socket
from typing import TYPE_CHECKING

import pytest

from convirt_core.errors import NotFound, OperationFailed
from convirt_core.platforms import CommandResult, FileEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DRIVER = "/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so"
HOST = {
    "/usr/bin/qemu-system-x86_64",
    "/usr/bin/qemu-img",
    "/run/libvirt/libvirt-sock",
    DRIVER,
    "/run/libvirt/virtlogd-sock",
    "/run/lock",
    "/dev/kvm",
    "/var/lib",
    "/",
}
QEMU_VERSION = b"QEMU emulator version 7.2.17 (Debian 1:7.2+dfsg-7)\nCopyright"
MEMINFO = b"MemTotal:  8000000 kB\nMemFree:   100 kB\nMemAvailable: 4194304 kB\n"


class FakeProxy:
    """Files that are there, and exit codes of commands by their first word (`test` by its last)."""

    def __init__(self) -> None:
        self.paths = set(HOST)
        self.refused: set[str] = set()
        self.forbidden: set[str] = set()
        self.arch = "x86_64"
        self.probe: CommandResult | Exception = CommandResult((), 85, b"", b"")
        self.meminfo = MEMINFO
        self.conf: bytes | Exception = NotFound("There is no qemu.conf.")
        self.free = 1 << 40
        self.ran: list[tuple[str, ...]] = []

    def run(self, argv, *, stdin=b"", timeout_seconds=30.0, folder=None, environment=None, check=None):
        self.ran.append(tuple(argv))
        answers: Mapping[str, Callable[[], CommandResult]] = {
            "uname": lambda: CommandResult((), 0, self.arch.encode() + b"\n", b""),
            "test": lambda: CommandResult((), int(argv[-1] in self.forbidden), b"", b""),
            "sh": self._probe,
        }
        return answers.get(argv[0], lambda: CommandResult((), 0, QEMU_VERSION, b""))()

    def _probe(self) -> CommandResult:
        if isinstance(self.probe, Exception):
            raise self.probe
        return self.probe

    def stat(self, path: str) -> FileEntry | None:
        return FileEntry(path, "file", 0, 0.0) if path in self.paths else None

    def read_file(self, path: str, *, limit_bytes: int = 0) -> bytes:
        if path == "/etc/libvirt/qemu.conf":
            if isinstance(self.conf, Exception):
                raise self.conf
            return self.conf
        assert path == "/proc/meminfo"
        return self.meminfo

    def free_bytes(self, path: str) -> int:
        return self.free

    def connect_unix(self, path: str) -> socket.socket:
        if path not in self.paths:
            raise NotFound(f"There is no {path}.")
        if path in self.refused:
            raise OperationFailed(f"{path}: Connection refused.")
        ours, theirs = socket.socketpair()
        theirs.close()
        return ours


@pytest.fixture
def proxy() -> FakeProxy:
    return FakeProxy()
