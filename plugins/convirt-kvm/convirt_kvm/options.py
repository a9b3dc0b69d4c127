"""What a KVM server can be told: the keys of its node options, and what holds where none is set."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from convirt_libvirt.places import PLACES

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCELERATOR = "accelerator"
AUTO = "auto"
KVM = "kvm"
TCG = "tcg"
ACCELERATORS = (AUTO, KVM, TCG)

DEFAULTS: Mapping[str, str] = MappingProxyType({ACCELERATOR: AUTO, **PLACES})
