"""A new definition from the values of a template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_kvm.config import KVMConfig
from convirt_kvm.options import ACCELERATOR, AUTO
from convirt_kvm.skeleton import DEFAULT_ARCH, PC_DEFAULTS, SKELETON
from convirt_libvirt.domain.new import check_keys, from_values, set_keys
from convirt_libvirt.domain.root import ROOT
from convirt_libvirt.domain.values import path
from convirt_libvirt.domain.xml import add, child

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

    from convirt_core.platforms import ConfigSource

ONLY_HERE = frozenset({"platform", "root", "sdl", "serial_log"})
"""Keys that make something of the definition, and are no view on it afterwards."""

_X86 = ("x86_64", "i686")
_SPARE_PORTS = 8
"""PCI Express devices that can be plugged into a running q35; `pc` has free slots by nature."""


def new_definition(source: ConfigSource) -> KVMConfig:
    """Make a definition of a template's values. Raises `InvalidInput`, see `from_values`."""
    return from_values(source, lambda values: _define(values, source.options))


def _define(values: Mapping[str, object], options: Mapping[str, str | int | bool]) -> KVMConfig:
    check_keys(values, KVMConfig.known_keys.keys() | ONLY_HERE, "kvm", "KVM")
    config = KVMConfig(SKELETON, is_new=True)
    arch = values.get("arch", DEFAULT_ARCH)
    accelerator = values.get(ACCELERATOR) or options.get(ACCELERATOR) or AUTO
    complete = {"arch": arch, **(PC_DEFAULTS if arch in _X86 else {}), **values, ACCELERATOR: accelerator}
    set_keys(config, complete)
    _finish(config, values)
    return config


def _finish(config: KVMConfig, values: Mapping[str, object]) -> None:
    """Add what follows from several keys."""
    if "root" in values:
        ROOT.set(config.domain, values["root"])
    devices = child(config.domain, "devices")
    if "serial_log" in values:
        add(child(devices, "serial"), "log", file=path("serial_log", values["serial_log"]), append="on")
    if config["vnc"]:
        _add_screen(devices)
    if "q35" in str(config.get("machine", "")):
        add(devices, "controller", type="pci", index="0", model="pcie-root")
        for _ in range(len(config.disks()) + len(config.nics()) + _SPARE_PORTS):
            add(devices, "controller", type="pci", model="pcie-root-port")


def _add_screen(devices: _Element) -> None:
    """A card that every guest knows, and a pointer that is where the person's is."""
    add(add(devices, "video"), "model", type="vga")
    add(devices, "input", type="tablet", bus="usb")
