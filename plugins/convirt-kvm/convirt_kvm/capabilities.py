"""What QEMU can do through libvirt (driver 9.0)."""

from __future__ import annotations

from convirt_core.model import Capability

QEMU_CAPABILITIES = frozenset(Capability)
"""All there is."""
