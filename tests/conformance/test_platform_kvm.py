"""KVM fulfils the contract, with real guests under QEMU on a server that is reached by ssh."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from labs.false_claims import FalseClaims
from labs.guest import READY, GuestImage
from labs.two_hosts import faults
from labs.two_hosts.lab import Lab as Hosts

from convirt_core.model import Capability, Disk, ManagedNode, Nic, VMState
from convirt_core.testing import Lab, PlatformContract

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from labs.two_hosts.host import Host

    from convirt_core.app import Application
    from convirt_core.services.listed import ListedVM

pytestmark = [pytest.mark.root, pytest.mark.guest]

BOOT_SECONDS = 60
OWN = "/srv/kit"
"""A folder that each host has for itself."""

CACHE = Path(os.environ.get("CONVIRT_LAB_DIR", ".lab")).resolve() / "guest"
STATES = MappingProxyType(
    {
        "running": VMState.RUNNING,
        "paused": VMState.PAUSED,
        "in shutdown": VMState.STOPPING,
        "shut off": VMState.STOPPED,
        "crashed": VMState.CRASHED,
        "pmsuspended": VMState.SUSPENDED,
    }
)
"""virsh domstate's words."""

WAYS = MappingProxyType(
    {
        Capability.MIGRATE_BANDWIDTH: ("max-bandwidth", 16 << 20),
        Capability.MIGRATE_DOWNTIME: ("downtime-limit", 500),
        Capability.MIGRATE_COMPRESS: ("xbzrle", True),
        Capability.MIGRATE_AUTO_CONVERGE: ("auto-converge", True),
        Capability.MIGRATE_POST_COPY: ("postcopy-ram", True),
    }
)
"""What QEMU 7.2 calls what the kit asks for: bytes a second, milliseconds, and what is switched on."""


class KVMLab(Lab):
    """The first of two hosts, whose guests QEMU emulates; the second is where they move to."""

    dialogue = (b"\necho kit-$((6 * 7))\n", b"kit-42")

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts
        self._image = GuestImage.build(CACHE, hosts.shared)
        self._boots: dict[str, int] = {}

    def node(self) -> ManagedNode:
        return _node(self._hosts.h1)

    def elsewhere(self) -> ManagedNode | None:
        return _node(self._hosts.h2)

    def values(self, name: str) -> Mapping[str, object]:
        return {
            "name": name,
            "memory": 128,
            "maxmem": 256,
            "vcpus": 1,
            "maxvcpus": 2,
            "kernel": str(self._image.kernel),
            "ramdisk": str(self._image.initrd),
            "extra": "console=ttyS0 quiet",
            "vnc": 0,
            "serial_log": str(self._log(name)),
        }

    def deaf_values(self, name: str) -> Mapping[str, object] | None:
        return {**self.values(name), "extra": "console=ttyS0 quiet lab.deaf"}

    def witness(self, vm: ListedVM) -> VMState | None:
        host = self._hosts[vm.server.name]
        state = STATES[host.virsh("domstate", vm.ref.key).strip()]
        saved = host.virsh("dominfo", vm.ref.key).partition("Managed save:")[2].split()[0]
        return VMState.SAVED if saved == "yes" and state is VMState.STOPPED else state

    def wait_booted(self, app: Application, vm: ListedVM) -> None:
        end = time.monotonic() + BOOT_SECONDS
        while (boots := self.boots(vm)) <= self._boots.get(vm.name, 0):
            assert time.monotonic() < end, f"{vm.name} did not boot within {BOOT_SECONDS} s"
            time.sleep(0.1)
        self._boots[vm.name] = boots

    def boots(self, vm: ListedVM) -> int:
        log = self._log(vm.name)
        return log.read_text(errors="replace").count(READY) if log.exists() else 0

    def moves_with(self, way: Capability, vm: ListedVM) -> bool | None:
        """Ask QEMU at the source, past libvirt, which sets all this before it begins and gives it up in the end."""
        if way not in WAYS:
            return None
        name, wanted = WAYS[way]
        return self._qemu_says(vm).get(name) == wanted

    def _qemu_says(self, vm: ListedVM) -> Mapping[str, object]:
        """QEMU's parameters and switches for a migration; empty: it does not run here, or no more."""
        host = self._hosts[vm.server.name]
        ask = ("qemu-monitor-command", vm.ref.key)
        try:
            said = json.loads(host.virsh(*ask, '{"execute": "query-migrate-parameters"}'))["return"]
            switches = json.loads(host.virsh(*ask, '{"execute": "query-migrate-capabilities"}'))["return"]
        except subprocess.CalledProcessError:
            return {}
        return {**said, **{each["capability"]: each["state"] for each in switches}}

    def new_disk(self, name: str) -> Disk | None:
        path = self._hosts.shared / f"{name}.qcow2"
        self._hosts.h1.run("qemu-img", "create", "-q", "-f", "qcow2", str(path), "16M")
        return Disk("vdb", str(path), format="qcow2")

    def new_nic(self) -> Nic | None:
        return Nic(kind="user", model="virtio")

    def with_stranger(self, text: str) -> tuple[str, str] | None:
        mark = "kit-stranger"
        return text.replace("</domain>", f"<metadata><x:y xmlns:x='urn:kit'>{mark}</x:y></metadata></domain>"), mark

    def disk_values(self) -> Mapping[str, object]:
        path = f"{OWN}/{time.monotonic_ns()}.qcow2"
        for host in self._hosts.hosts:
            host.run("mkdir", "-p", OWN)
        self._hosts.h1.run("qemu-img", "create", "-q", "-f", "qcow2", path, "16M")
        return {"disk": [f"tap:qcow2:{path},vda,w"]}

    def scratch_path(self, name: str) -> str:
        return str(self._hosts.shared / name)

    def hung(self) -> AbstractContextManager[None] | None:
        return faults.stopped_libvirtd(self._hosts.h1)

    def _log(self, name: str) -> Path:
        return self._hosts.shared / f"{name}.serial"


def _node(host: Host) -> ManagedNode:
    return ManagedNode("", host.name, "kvm", address=host.address, options={"accelerator": "tcg"})


class TestKVM(FalseClaims, PlatformContract):
    @pytest.fixture(scope="class")
    @classmethod
    def lab(cls) -> Iterator[Lab]:
        with Hosts.up(label=f"kit-{os.getpid()}") as hosts, pytest.MonkeyPatch.context() as person:
            person.setenv("HOME", str(hosts.client.home))
            person.delenv("SSH_AUTH_SOCK", raising=False)
            person.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
            yield KVMLab(hosts)
