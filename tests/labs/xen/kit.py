"""The Xen lab as the conformance kit needs it."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import TYPE_CHECKING

from labs.guest import READY
from labs.xen import faults
from labs.xen.guest import KERNEL, RAMDISK

from convirt_core.model import Capability, Disk, ManagedNode, Nic, VMState
from convirt_core.testing import Lab

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from labs.xen.lab import XenLab

    from convirt_core.app import Application
    from convirt_core.services.listed import ListedVM

BOOT_SECONDS = 120
QUICK = "console=hvc0 quiet mitigations=off cryptomgr.notests apparmor=0 audit=0"
"""On the guest's command line: what boots it soonest where all is emulated."""

_ONE_SERVER = "there is one server here; conformance-xen-migration moves guests between two"
_NO_QEMU = "only a full machine (HVM) boots from devices in an order, and dom0 has no QEMU for one"


class XenServer(Lab):
    """A domain 0 in QEMU. All is emulated, and so takes its time."""

    dialogue = (b"\necho kit-$((6 * 7))\n", b"kit-42")
    deadlines = MappingProxyType(
        dict.fromkeys((Capability.START, Capability.SHUTDOWN, Capability.KILL, Capability.PAUSE, Capability.RESUME), 90)
        | dict.fromkeys((Capability.SAVE, Capability.RESTORE, Capability.MANAGED_SAVE, Capability.REBOOT), 180)
        | {Capability.REMOVE: 60}
    )
    definition_only = MappingProxyType({Capability.SET_BOOT_DEVICE: _NO_QEMU})
    not_here = MappingProxyType(
        dict.fromkeys((Capability.MIGRATE, Capability.MIGRATE_LIVE, Capability.MIGRATE_DIRECT), _ONE_SERVER)
    )
    answer_seconds = 30.0
    deaf_seconds = 20.0

    def __init__(self, server: XenLab) -> None:
        self._server = server
        self._boots: dict[str, int] = {}

    def node(self) -> ManagedNode:
        return ManagedNode("", self._server.name, "xen", address=self._server.name)

    def values(self, name: str) -> Mapping[str, object]:
        return {
            "name": name,
            "memory": 128,
            "maxmem": 160,
            "vcpus": 1,
            "maxvcpus": 2,
            "kernel": KERNEL,
            "ramdisk": RAMDISK,
            "extra": QUICK,
        }

    def deaf_values(self, name: str) -> Mapping[str, object] | None:
        return {**self.values(name), "extra": f"{QUICK} lab.deaf"}

    def witness(self, vm: ListedVM) -> VMState | None:
        server = self.server_of(vm)
        held = next((each for each in server.xl_list() if each.uuid == vm.ref.key), None)
        if held is not None:
            return state_of(held.state)
        saved = server.virsh("dominfo", vm.ref.key).partition("Managed save:")[2].split()[0]
        return VMState.SAVED if saved == "yes" else VMState.STOPPED

    def servers(self) -> Sequence[XenLab]:
        """All servers, on each of which a guest may have booted."""
        return [self._server]

    def server_of(self, vm: ListedVM) -> XenLab:
        """The server that a VM is on."""
        return self._server

    def wait_booted(self, app: Application, vm: ListedVM) -> None:
        boots = self._boots.get(vm.name, 0) + 1
        self._server.wait_said(vm.name, READY, boots, BOOT_SECONDS)
        self._boots[vm.name] = boots

    def boots(self, vm: ListedVM) -> int:
        return sum(server.said(vm.name).count(READY) for server in self.servers())

    def new_disk(self, name: str) -> Disk | None:
        path = f"/srv/{name}.raw"
        self._server.run("truncate", "--size=16M", path)
        return Disk("xvdb", path, format="raw")

    def new_nic(self) -> Nic | None:
        return Nic(kind="bridge", source="xenbr0")

    def with_stranger(self, text: str) -> tuple[str, str] | None:
        mark = "kit-stranger"
        return text.replace("</domain>", f"<metadata><x:y xmlns:x='urn:kit'>{mark}</x:y></metadata></domain>"), mark

    def disk_values(self) -> Mapping[str, object]:
        path = f"/srv/{time.monotonic_ns()}.raw"
        self._server.run("truncate", "--size=16M", path)
        return {"disk": [f"file:{path},xvda,w"]}

    def scratch_path(self, name: str) -> str:
        return f"/srv/{name}"

    def hung(self) -> AbstractContextManager[None] | None:
        return faults.stopped_libvirtd(self._server)


def state_of(column: str) -> VMState:
    """Read xl's column of states by its six places (xl(1), "list"): running, blocked, paused, shutdown, crashed, dying.

    :raises ValueError: there are not six
    """
    _, _, paused, shutdown, crashed, dying = (letter != "-" for letter in column)
    if dying or (shutdown and not crashed):
        return VMState.STOPPING
    if crashed:
        return VMState.CRASHED
    return VMState.PAUSED if paused else VMState.RUNNING
