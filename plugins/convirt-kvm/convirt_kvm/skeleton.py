"""What every new VM under QEMU has, before its keys are set."""

from __future__ import annotations

_COMMON = """\
<domain>
  <name/>
  <memory unit="MiB">512</memory>
  <vcpu>1</vcpu>
  <os>
    <type{machine}>hvm</type>
  </os>
  <features>{features}</features>
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
DEFAULT_ARCH = "x86_64"
_X86 = ("x86_64", "i686")


def skeleton(arch: str, machine: str) -> str:
    """Return the XML to begin with: a serial line, a channel for a guest agent, a balloon, entropy.

    :param machine: `pc`, `q35`, …; empty: `pc` on x86, elsewhere libvirt's choice
    """
    is_x86 = arch in _X86
    kind = machine or ("pc" if is_x86 else "")
    attributes = f' arch="{arch}"' + (f' machine="{kind}"' if kind else "")
    return _COMMON.format(machine=attributes, features="<acpi/><apic/>" if is_x86 else "")
