"""What every new VM under QEMU has, before its keys are set."""

from __future__ import annotations

SKELETON = """\
<domain>
  <name/>
  <memory unit="MiB">512</memory>
  <vcpu>1</vcpu>
  <os>
    <type>hvm</type>
  </os>
  <clock offset="utc"/>
  <devices>
    <serial type="pty"/>
    <channel type="unix">
      <target type="virtio" name="org.qemu.guest_agent.0"/>
    </channel>
    <memballoon model="virtio"/>
    <rng model="virtio">
      <backend model="random">/dev/urandom</backend>
    </rng>
  </devices>
</domain>
"""
"""A serial line, a channel for a guest agent, a balloon, entropy."""

DEFAULT_ARCH = "x86_64"
PC_DEFAULTS = {"machine": "pc", "acpi": 1, "apic": 1}
"""Of x86; elsewhere libvirt chooses the machine."""
