"""Xen fulfils the contract, with real guests under a Xen in QEMU that is reached by ssh."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from labs.guest import READY
from labs.xen import faults
from labs.xen.guest import KERNEL, RAMDISK
from labs.xen.lab import XenLab as Server
from labs.xen.lab import running_xen

from convirt_core.model import Capability, Disk, ManagedNode, Nic, VMState
from convirt_core.testing import Lab, PlatformContract

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from convirt_core.app import Application
    from convirt_core.services.vms import ListedVM

pytestmark = [pytest.mark.root, pytest.mark.guest]

BOOT_SECONDS = 120
STATES = MappingProxyType({"c": VMState.CRASHED, "d": VMState.STOPPING, "s": VMState.STOPPING, "p": VMState.PAUSED})
_ONE_SERVER = "there is one lab at a time"


class XenLab(Lab):
    """A domain 0 in QEMU. All is emulated, and so takes its time."""

    dialogue = (b"\necho kit-$((6 * 7))\n", b"kit-42")
    deadlines = MappingProxyType(
        dict.fromkeys((Capability.START, Capability.SHUTDOWN, Capability.KILL, Capability.PAUSE, Capability.RESUME), 90)
        | dict.fromkeys((Capability.SAVE, Capability.RESTORE, Capability.MANAGED_SAVE, Capability.REBOOT), 180)
        | {Capability.REMOVE: 60}
    )
    definition_only = MappingProxyType({Capability.MIGRATE: _ONE_SERVER, Capability.MIGRATE_LIVE: _ONE_SERVER})
    answer_seconds = 30.0
    deaf_seconds = 20.0

    def __init__(self, server: Server) -> None:
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
            "extra": "console=hvc0 quiet",
        }

    def deaf_values(self, name: str) -> Mapping[str, object] | None:
        return {**self.values(name), "extra": "console=hvc0 quiet lab.deaf"}

    def witness(self, vm: ListedVM) -> VMState | None:
        held = next((each for each in self._server.xl_list() if each.uuid == vm.ref.key), None)
        if held is not None:
            return next((state for letter, state in STATES.items() if letter in held.state), VMState.RUNNING)
        saved = self._server.virsh("dominfo", vm.ref.key).partition("Managed save:")[2].split()[0]
        return VMState.SAVED if saved == "yes" else VMState.STOPPED

    def wait_booted(self, app: Application, vm: ListedVM) -> None:
        boots = self._boots.get(vm.name, 0) + 1
        self._server.wait_said(vm.name, READY, boots, BOOT_SECONDS)
        self._boots[vm.name] = boots

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


class TestXen(PlatformContract):
    @pytest.fixture(scope="class")
    @classmethod
    def lab(cls) -> Iterator[Lab]:
        with running_xen() as server, pytest.MonkeyPatch.context() as person:
            person.setenv("HOME", str(server.home))
            person.delenv("SSH_AUTH_SOCK", raising=False)
            person.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
            yield XenLab(server)
