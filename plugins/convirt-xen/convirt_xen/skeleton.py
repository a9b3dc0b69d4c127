"""What every new VM under Xen has, before its keys are set."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from convirt_xen.vm import HVM, PV, PVH

if TYPE_CHECKING:
    from collections.abc import Mapping

SKELETON = """\
<domain type="xen">
  <name/>
  <memory unit="MiB">256</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch="x86_64">linux</type>
  </os>
  <clock offset="utc"/>
  <devices>
    <console type="pty">
      <target type="xen" port="0"/>
    </console>
  </devices>
</domain>
"""

FULL_MACHINE: Mapping[str, object] = MappingProxyType({"acpi": 1, "apic": 1})
"""Of a full machine, which also has a serial line."""

BUILDERS: Mapping[str, str] = MappingProxyType({"linux": PV, "generic": PV, "hvm": HVM, "pv": PV, "pvh": PVH})
"""Kinds of guests by `builder`, the older word for `type` (xl.cfg(5))."""
