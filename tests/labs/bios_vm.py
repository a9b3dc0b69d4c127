"""A VM with nothing to boot: its BIOS says so on the serial line, with the VM's UUID, every two seconds for ever.

It needs no kernel, 32 MiB and a hundredth of a processor, starts in half a second, and is known by what it says.
"""

from __future__ import annotations

import uuid
from contextlib import suppress
from subprocess import CalledProcessError
from xml.sax.saxutils import escape

from labs.two_hosts.host import Host

SCREEN = "<graphics type='vnc' port='-1' autoport='yes'/>"
"""A device: a screen, served where the host's configuration says."""


class BiosVM:
    """One of them; not yet defined.

    :param devices: XML of further devices
    """

    def __init__(self, name: str, devices: str = "") -> None:
        self.name = name
        self.devices = devices
        self.key = str(uuid.uuid4())

    @property
    def says(self) -> bytes:
        """What it says, and no other VM does."""
        return f"Machine UUID {self.key}".encode()

    @property
    def xml(self) -> str:
        """The definition."""
        return f"""
<domain type='qemu'>
  <name>{escape(self.name)}</name>
  <uuid>{self.key}</uuid>
  <memory unit='MiB'>32</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <boot dev='hd'/>
    <bios useserial='yes' rebootTimeout='2000'/>
  </os>
  <features><acpi/></features>
  <devices>
    <serial type='pty'/>
    <console type='pty'/>
    {self.devices}
  </devices>
</domain>"""

    def define_on(self, host: Host) -> None:
        """Make a host's libvirt know it."""
        host.run("virsh", "--quiet", "--connect", "qemu:///system", "define", "/dev/stdin", says=self.xml)

    def start_on(self, host: Host) -> None:
        """Define and start it."""
        self.define_on(host)
        host.virsh("start", self.key)

    def remove_from(self, host: Host) -> None:
        """End and undefine it; that it is not there is all right."""
        for command, *options in (("destroy",), ("undefine", "--managed-save", "--snapshots-metadata")):
            with suppress(CalledProcessError):
                host.virsh(command, self.key, *options)
