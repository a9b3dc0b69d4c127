"""A Xen definition: libvirt's keys, the kind of guest, and its bootloader."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from attrs import evolve

from convirt_libvirt.domain import Dialect, Key, LibvirtConfig, platform_keys
from convirt_libvirt.domain.key import text_key
from convirt_libvirt.domain.root import ROOT
from convirt_libvirt.domain.values import choice, line, words
from convirt_libvirt.domain.xml import child
from convirt_xen.vm import HVM, KINDS, PV, PVH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

    from convirt_core.model import GuestKind

XEN = Dialect(
    "phy",
    buses=MappingProxyType({"xvd": "xen", "hd": "ide", "sd": "scsi"}),
    format_drivers=MappingProxyType(dict.fromkeys(("qcow", "qcow2", "vmdk", "vhd", "vdi", "qed"), "qemu")),
)
"""Raw images and devices are served by domain 0's kernel, all other formats by a QEMU there."""

OS_TYPES = MappingProxyType({PV: ("linux", "xenpv"), PVH: ("xenpvh", "xenpvh"), HVM: ("hvm", "xenfv")})
"""`<os><type>` and its machine, by kind of guest."""


def _get_kind(domain: _Element) -> str | None:
    return KINDS.get(domain.findtext("os/type") or "")


def _set_kind(domain: _Element, value: object) -> None:
    os_type, machine = OS_TYPES[choice("type", value, list(OS_TYPES))]
    element = child(child(domain, "os"), "type")
    element.text = os_type
    element.set("machine", machine)


_KEYS = (
    Key("type", _get_kind, _set_kind),
    text_key("bootloader", ".", "bootloader", line),
    text_key("bootloader_args", ".", "bootloader_args", words),
    ROOT,
)


class XenConfig(LibvirtConfig):
    """The definition of a VM under Xen.

    `type`, in place of libvirt's `os_type` and `machine`, is `pv`, `pvh` or `hvm`; `bootloader` runs in domain 0 and
    finds the kernel in the guest's disk; `root` is the root device on the kernel's command line, which `extra` is.
    """

    dialect: ClassVar[Dialect] = XEN
    known_keys: ClassVar[Mapping[str, Key]] = platform_keys(XEN, _KEYS, {"domain_type", "os_type", "machine"})

    def guest_kind(self) -> GuestKind | None:
        """What a server must be able to run; its capabilities call a PV guest `xen`, a definition `linux`."""
        kind = super().guest_kind()
        return evolve(kind, os_type="xen") if kind and kind.os_type == "linux" else kind
