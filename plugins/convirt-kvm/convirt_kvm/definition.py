"""A new definition from the values of a template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput
from convirt_kvm.config import KVMConfig
from convirt_kvm.options import ACCELERATOR, AUTO
from convirt_kvm.skeleton import DEFAULT_ARCH, PC_DEFAULTS, SKELETON
from convirt_libvirt.domain.values import choice, flag, line, path
from convirt_libvirt.domain.xml import add, child

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

    from convirt_core.platforms import ConfigSource

NOT_IN_A_DEFINITION = frozenset(
    {"auto_start_vm", "image_name", "os_flavor", "os_name", "os_version", "provision_timeout"}
)
"""Keys of the original's templates that our own record of the VM has the place for."""

ONLY_HERE = frozenset({"platform", "root", "sdl", "serial_log"})
"""Keys that make something of the definition, and are no view on it afterwards."""

_X86 = ("x86_64", "i686")
_SPARE_PORTS = 8
"""PCI Express devices that can be plugged into a running q35; `pc` has free slots by nature."""


def new_definition(source: ConfigSource) -> KVMConfig:
    """Make a definition of a template's values; an empty value is as good as none.

    :raises InvalidInput: one sentence that names the key
    """
    values = {key: value for key, value in source.values.items() if value not in (None, "", [], ())}
    try:
        return _define(values, source.options)
    except InvalidInput as error:
        if not source.origin:
            raise
        raise InvalidInput(f"{source.origin}: {error.message}", remedy=error.remedy) from error


def _define(values: Mapping[str, object], options: Mapping[str, str | int | bool]) -> KVMConfig:
    _check_keys(values)
    config = KVMConfig(SKELETON, is_new=True)
    arch = values.get("arch", DEFAULT_ARCH)
    complete = {"arch": arch, **(PC_DEFAULTS if arch in _X86 else {}), **values}
    for key in config.known_keys:
        if key in complete and key != ACCELERATOR:
            config[key] = complete[key]
    config[ACCELERATOR] = values.get(ACCELERATOR) or options.get(ACCELERATOR) or AUTO
    _finish(config, values)
    return config


def _check_keys(values: Mapping[str, object]) -> None:
    for key in values:
        if key not in KVMConfig.known_keys and key not in NOT_IN_A_DEFINITION | ONLY_HERE:
            raise InvalidInput(
                f"{key!r} is no key of a KVM definition.", remedy="See 'Keys of a definition' in the documentation."
            )
    if "name" not in values:
        raise InvalidInput("The template has no name.", remedy="Write name = '$VM_NAME', or name = '…'.")
    choice("platform", values.get("platform", "kvm"), ["kvm"])
    if flag("sdl", values.get("sdl", 0)):
        raise InvalidInput("sdl cannot be 1: a server has no desktop to show a window on.", remedy="Set vnc = 1.")


def _finish(config: KVMConfig, values: Mapping[str, object]) -> None:
    """Add what follows from several keys."""
    if "root" in values:
        config["extra"] = f"root={line('root', values['root'])} {config.get('extra', '')}".rstrip()
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
