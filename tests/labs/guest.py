"""The test guest as a domain of libvirt, run by virsh alone: what tests hold ConVirt's answers against."""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

BUILD = Path(__file__).parents[2] / "plugins/convirt-cli/convirt_cli/demo/make-guest.sh"
READY = "LAB-GUEST-READY"
POWER_BUTTON = "LAB-GUEST-POWERBUTTON"


@dataclass(frozen=True)
class GuestImage:
    """What a domain boots: paths that QEMU's own user can reach."""

    kernel: Path
    initrd: Path

    @classmethod
    def build(cls, cache: Path, folder: Path) -> GuestImage:
        """Build the guest in `cache`, or find it there, and copy it into `folder`."""
        subprocess.run(["sh", BUILD, cache], check=True, timeout=600)
        kernel = shutil.copy(cache / "vmlinux", folder)
        initrd = shutil.copy(cache / "initrd.img", folder)
        return cls(Path(kernel), Path(initrd))


def virsh(*words: str) -> str:
    """What virsh says on the local system daemon; raises CalledProcessError with it."""
    command = ["virsh", "--quiet", "--connect", "qemu:///system", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


@dataclass
class LabGuest:
    """One domain with the guest in it.

    :param words: go on its kernel command line
    :param devices: XML of further devices
    :param virsh: runs virsh where the guest is; that of a host of a lab, for one
    """

    name: str
    image: GuestImage
    folder: Path
    words: tuple[str, ...] = ()
    devices: str = ""
    memory_mib: int = 128
    vcpus: int = 1
    most_vcpus: int = 1
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    virsh: Callable[..., str] = virsh

    @property
    def serial_log(self) -> Path:
        """The file into which virtlogd writes what the guest says on its serial console."""
        return self.folder / f"{self.name}.serial"

    @property
    def xml(self) -> str:
        """The definition."""
        command_line = " ".join(("console=ttyS0 quiet", f"lab.token={self.token}", *self.words))
        return f"""
<domain type='qemu'>
  <name>{self.name}</name>
  <memory unit='MiB'>{self.memory_mib}</memory>
  <vcpu current='{self.vcpus}'>{max(self.vcpus, self.most_vcpus)}</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>{self.image.kernel}</kernel>
    <initrd>{self.image.initrd}</initrd>
    <cmdline>{command_line}</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    <serial type='pty'><log file='{self.serial_log}' append='on'/></serial>
    <console type='pty'/>
    {self.devices}
  </devices>
</domain>"""

    def define(self) -> None:
        """Make libvirt know it."""
        definition = self.folder / f"{self.name}.xml"
        definition.write_text(self.xml)
        self.virsh("define", str(definition))

    def start(self) -> None:
        """Define and start it."""
        self.define()
        self.virsh("start", self.name)

    def boot(self) -> None:
        """Define and start it, and wait until it is up."""
        self.start()
        self.wait_for(rf"{READY} token={self.token}")

    def wait_for(self, pattern: str, within_seconds: float = 60) -> re.Match[str]:
        """Wait until the guest has said what matches `pattern`; raises AssertionError with what it said instead."""
        deadline = time.monotonic() + within_seconds
        said = ""
        while time.monotonic() < deadline:
            said = self.serial_log.read_text(errors="replace") if self.serial_log.exists() else ""
            if match := re.search(pattern, said):
                return match
            time.sleep(0.1)
        raise AssertionError(f"{self.name} did not say {pattern!r} in {within_seconds} s, but: {said[-2000:]!r}")

    def wait_for_state(self, state: str, within_seconds: float = 60) -> None:
        """Wait until `virsh domstate` says `state`."""
        deadline = time.monotonic() + within_seconds
        while (seen := self.virsh("domstate", self.name).strip()) != state:
            assert time.monotonic() < deadline, f"{self.name} is {seen!r} after {within_seconds} s, not {state!r}"
            time.sleep(0.1)

    def remove(self) -> None:
        """End and undefine it; that it is gone already is all right."""
        for command, *options in (("destroy",), ("undefine", "--managed-save", "--snapshots-metadata")):
            with contextlib.suppress(subprocess.CalledProcessError):
                self.virsh(command, self.name, *options)
