"""The lab's guest as a domain of Xen, run by virsh in dom0 alone: what ConVirt's answers are held against."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, field

from labs.guest import READY
from labs.xen.dom0 import Dom0

KERNEL = "/srv/domu/vmlinuz"
RAMDISK = "/srv/domu/initrd.img"
POWEROFF = "LAB-GUEST-POWEROFF"
REBOOT = "LAB-GUEST-REBOOT"
DISK = """
<disk type='file'>
  <driver name='phy' type='raw'/><source file='/srv/domu/disk.raw'/><target dev='xvda' bus='xen'/>
</disk>"""
NIC = "<interface type='bridge'><source bridge='xenbr0'/></interface>"
TYPES = {
    "pv": "<type arch='x86_64' machine='xenpv'>xen</type>",
    "pvh": "<type arch='x86_64' machine='xenpvh'>xenpvh</type>",
}


@dataclass
class XenGuest:
    """One domain with the guest in it.

    :param kind: "pv" or "pvh"
    :param words: go on its kernel command line
    :param devices: XML of its devices, such as `DISK` and `NIC`; each makes its start slower by seconds
    """

    lab: Dom0
    name: str
    kind: str = "pv"
    words: tuple[str, ...] = ()
    devices: str = ""
    memory_mib: int = 128
    vcpus: int = 1
    token: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def xml(self) -> str:
        """The definition."""
        command_line = " ".join(("console=hvc0 quiet", f"lab.token={self.token}", *self.words))
        return f"""
<domain type='xen'>
  <name>{self.name}</name>
  <memory unit='MiB'>{self.memory_mib}</memory>
  <vcpu>{self.vcpus}</vcpu>
  <os>
    {TYPES[self.kind]}
    <kernel>{KERNEL}</kernel>
    <initrd>{RAMDISK}</initrd>
    <cmdline>{command_line}</cmdline>
  </os>
  <devices>
    <console type='pty'><target type='xen'/></console>
    {self.devices}
  </devices>
</domain>"""

    def define(self) -> None:
        """Make libvirt know it."""
        self.lab.virsh("define", "/dev/stdin", says=self.xml)

    def start(self) -> None:
        """Define and start it."""
        self.define()
        self.lab.virsh("start", self.name)

    def boot(self) -> None:
        """Define and start it, and wait until it is up."""
        self.start()
        self.wait_for(rf"{READY} token={self.token}")

    def wait_for(self, pattern: str, within_seconds: float = 120) -> re.Match[str]:
        """Wait until the guest has said what matches `pattern`; raises AssertionError with what it said instead."""
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline:
            said = self.lab.said(self.name)
            if match := re.search(pattern, said):
                return match
            time.sleep(0.5)
        raise AssertionError(f"{self.name} did not say {pattern!r} in {within_seconds} s, but: {said[-2000:]!r}")

    def types(self, line: str) -> None:
        """Type a line on its console."""
        terminal = self.lab.virsh("ttyconsole", self.name).strip()
        self.lab.run("tee", terminal, says=f"{line}\n")

    def wait_until_gone(self, within_seconds: float = 60) -> None:
        """Wait until Xen has no domain of its name."""
        deadline = time.monotonic() + within_seconds
        while seen := self.lab.xl_domain(self.name):
            assert time.monotonic() < deadline, f"after {within_seconds} s there is still {seen}"
            time.sleep(0.5)

    def remove(self) -> None:
        """End and undefine it; that it is gone already is all right."""
        self.lab.remove(self.name)
