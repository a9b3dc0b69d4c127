"""What can be said of a definition without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import Finding, Severity
from convirt_libvirt.domain.disks import read_disks
from convirt_libvirt.domain.nics import read_nics

if TYPE_CHECKING:
    from lxml.etree import _Element

_WITH_KERNEL = (("ramdisk", "initrd"), ("extra", "cmdline"))


def check(domain: _Element) -> list[Finding]:
    """Return what is wrong with a definition. Pure."""
    return [*_names(domain), *_boot(domain), *_macs(domain)]


def _names(domain: _Element) -> list[Finding]:
    if domain.findtext("name"):
        return []
    return [Finding("no-name", "General", Severity.ERROR, "The definition has no name.", "Give it one: name = '…'.")]


def _boot(domain: _Element) -> list[Finding]:
    kernel = domain.findtext("os/kernel")
    if not kernel and (found := [_alone(key) for key, tag in _WITH_KERNEL if domain.findtext(f"os/{tag}")]):
        return found
    bootable = kernel or any(disk.source for disk in read_disks(domain)) or read_nics(domain)
    if bootable or domain.findtext("bootloader") or domain.findtext("os/type") == "exe":
        return []
    message = "There is nothing to boot from: no kernel, no disk, no network card."
    return [Finding("nothing-to-boot", "Boot", Severity.WARNING, message, "Give it a kernel or a disk.")]


def _alone(key: str) -> Finding:
    message = f"The definition has the key {key}, but no kernel."
    return Finding(f"{key}-alone", "Boot", Severity.ERROR, message, f"Set kernel, or delete {key}.")


def _macs(domain: _Element) -> list[Finding]:
    macs = [nic.mac for nic in read_nics(domain) if nic.mac]
    return [
        Finding("mac-twice", "Network", Severity.ERROR, f"Two network cards have the address {mac}.", "Change one.")
        for mac in sorted({mac for mac in macs if macs.count(mac) > 1})
    ]
