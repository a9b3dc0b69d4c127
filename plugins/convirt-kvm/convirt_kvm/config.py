"""A KVM definition: libvirt's keys, and the accelerator."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from convirt_core.errors import InvalidInput
from convirt_kvm.options import ACCELERATOR, ACCELERATORS, AUTO, KVM, TCG
from convirt_libvirt.domain import QEMU, Key, LibvirtConfig, all_keys, platform_keys
from convirt_libvirt.domain.xml import set_attribute

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

DOMAIN_TYPES = MappingProxyType({KVM: "kvm", TCG: "qemu"})
_ACCELERATORS = MappingProxyType({kind: accelerator for accelerator, kind in DOMAIN_TYPES.items()})
_CPUS = all_keys(QEMU)["cpu"]


def _get_accelerator(domain: _Element) -> str:
    """A domain without a type is one whose server has not been asked yet."""
    return _ACCELERATORS.get(domain.get("type", ""), AUTO)


def _set_accelerator(domain: _Element, value: object) -> None:
    """Choose, and give the guest a processor that the choice has: `host-passthrough` is KVM's alone.

    Under KVM a guest gets the server's processor unless one was chosen; nobody chose the `qemu64` that
    libvirt writes into every definition of an emulated guest.
    """
    if value not in ACCELERATORS:
        raise InvalidInput(f"accelerator is one of {', '.join(ACCELERATORS)}; not {value!r}.")
    if value == AUTO:
        set_attribute(domain, "type", "")
        return
    unchosen = (None, "qemu64") if _get_accelerator(domain) == TCG else (None,)
    domain.set("type", DOMAIN_TYPES[str(value)])
    cpu = _CPUS.get(domain)
    if value == KVM and cpu in unchosen:
        _CPUS.set(domain, "host-model")
    elif value == TCG and cpu == "host-passthrough":
        _CPUS.set(domain, "maximum")


class KVMConfig(LibvirtConfig):
    """The definition of a VM under QEMU.

    `accelerator`, in place of libvirt's `domain_type`, is `kvm`, `tcg`, or `auto` in one that no server has
    been asked about; the VMM decides before it writes.
    """

    known_keys: ClassVar[Mapping[str, Key]] = platform_keys(
        QEMU, [Key(ACCELERATOR, _get_accelerator, _set_accelerator)], {"domain_type"}
    )
