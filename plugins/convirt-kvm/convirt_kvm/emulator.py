"""Which QEMU a server has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from convirt_core.platforms import NodeProxy

_NAMES = {"i386": "i386", "i686": "i386", "ppc64le": "ppc64"}
"""QEMU's names of processors where they differ from the kernel's."""


@frozen
class Emulator:
    """A QEMU that emulates the server's own kind of processor.

    :param arch: as the kernel says, such as `x86_64`
    """

    path: str
    arch: str


def find_emulator(proxy: NodeProxy) -> Emulator | None:
    """Look where distributions put QEMU: most under its own name, Red Hat's as `qemu-kvm`."""
    arch = proxy.run(["uname", "-m"]).text.strip()
    name = f"qemu-system-{_NAMES.get(arch, arch)}"
    for path in (f"/usr/bin/{name}", f"/usr/local/bin/{name}", "/usr/libexec/qemu-kvm", "/usr/bin/qemu-kvm"):
        if proxy.stat(path):
            return Emulator(path, arch)
    return None


def version_of(proxy: NodeProxy, emulator: Emulator) -> str:
    """Return QEMU's version, such as `7.2.17`, or empty if it does not say."""
    match = re.search(r"version (\d+(?:\.\d+)*)", proxy.run([emulator.path, "--version"]).text)
    return match[1] if match else ""
