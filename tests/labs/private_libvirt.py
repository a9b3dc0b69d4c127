"""A libvirtd of its own, in namespaces of its own: it can be killed while the machine's goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDERS = ("/run", "/var/lib/libvirt", "/var/log/libvirt", "/var/cache/libvirt")

# A shell is the first process, for it collects the ended ones that are left to it: libvirtd waits for each QEMU that
# it ends. /etc/libvirt holds the definitions.
INIT = "; ".join(
    (
        "set -e",
        *(f"mkdir -p {folder}; mount -t tmpfs -o mode=755 tmpfs {folder}" for folder in FOLDERS),
        "mkdir -p /run/lock /run/libvirt",
        "cp -a /etc/libvirt /run/etc; rm -f /run/etc/qemu/*.xml; mount --bind /run/etc /etc/libvirt",
        "echo ready",
        "while :; do sleep 3600; done",
    )
)


class PrivateLibvirt:
    """The namespaces, and the daemons in them.

    :param init: their first process
    """

    def __init__(self, init: int) -> None:
        self.init = init
        self.within = ("nsenter", f"--target={init}", "--mount", "--pid")

    def run(self, *command: str) -> str:
        """Run a command in there; return what it says. Raises CalledProcessError."""
        return subprocess.run([*self.within, *command], check=True, capture_output=True, text=True, timeout=120).stdout

    def virsh(self, *words: str) -> str:
        """What virsh says in there."""
        return self.run("virsh", "--quiet", "--connect", "qemu:///system", *words)

    def start(self) -> None:
        """Start libvirtd, and wait until it answers."""
        self.run("libvirtd", "-d")
        deadline = time.monotonic() + 30
        while True:
            try:
                self.virsh("version")
            except subprocess.CalledProcessError:
                assert time.monotonic() < deadline, "libvirtd does not answer"
                time.sleep(0.1)
            else:
                return

    @property
    def uri(self) -> str:
        """Where libvirtd is asked from outside."""
        return f"qemu+unix:///system?socket=/proc/{self.init}/root/run/libvirt/libvirt-sock"

    def kill(self) -> None:
        """Kill libvirtd with SIGKILL."""
        self._signal("KILL")

    def stop(self) -> None:
        """Let libvirtd hang: SIGSTOP."""
        self._signal("STOP")

    def go_on(self) -> None:
        """Let it go on: SIGCONT."""
        self._signal("CONT")

    def _signal(self, name: str) -> None:
        self.run("sh", "-c", f"kill -{name} $(cat /run/libvirtd.pid)")


@contextmanager
def private_libvirt() -> Iterator[PrivateLibvirt]:
    """Daemons in namespaces of their own; whatever runs in there ends with them. Raises CalledProcessError."""
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
    with subprocess.Popen(
        [*command, "sh", "-c", INIT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        if process.stdout.readline() != "ready\n":
            raise subprocess.CalledProcessError(process.wait(), command, stderr=process.stderr.read())
        libvirt = PrivateLibvirt(child_of(process.pid))
        try:
            libvirt.run("virtlogd", "-d")
            libvirt.start()
            yield libvirt
        finally:
            os.kill(libvirt.init, signal.SIGKILL)  # all others end before it is collected


def child_of(pid: int) -> int:
    """The only child of a process."""
    children = subprocess.run(["pgrep", "--parent", str(pid)], check=True, capture_output=True, text=True)
    return int(children.stdout)
