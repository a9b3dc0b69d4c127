"""Attaching and detaching disks and network cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import Capability, Change, Disk, Nic
from convirt_core.services.lifecycle.asking import ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.platforms import VMM
    from convirt_core.services.lifecycle.guard import Attempt

_CAPABILITIES = {
    "attach_disks": (Capability.ATTACH_DISK, Capability.ATTACH_DISK_LIVE),
    "detach_disks": (Capability.DETACH_DISK, Capability.DETACH_DISK_LIVE),
    "attach_nics": (Capability.ATTACH_NIC, Capability.ATTACH_NIC_LIVE),
    "detach_nics": (Capability.DETACH_NIC, Capability.DETACH_NIC_LIVE),
}


def needed_capabilities(change: Change) -> list[Capability]:
    """Return what the devices of a change ask of a server."""
    needed: list[Capability] = []
    for name, (stored, live) in _CAPABILITIES.items():
        if getattr(change, name):
            needed += [stored] * change.where.stored + [live] * change.where.live
    return needed


def apply(attempt: Attempt, change: Change, done: list[str]) -> None:
    """Detach and attach what the change says; add a sentence to `done` for each.

    Detached first: the change may put another device in the same place.
    """
    name = attempt.vm.name
    for target in change.detach_disks:
        _detach_disk(attempt, change, target)
        done.append(f"The disk {target} was detached from {name}.")
    for mac in change.detach_nics:
        _detach_nic(attempt, change, mac)
        done.append(f"The network card {mac} was detached from {name}.")
    for disk in change.attach_disks:
        _attach_disk(attempt, change, disk)
        done.append(f"The disk {disk.target} was attached to {name}.")
    for nic in change.attach_nics:
        mac = _attach_nic(attempt, change, nic)
        done.append(f"The network card {mac} was attached to {name}.")


def _attach_disk(attempt: Attempt, change: Change, disk: Disk) -> None:
    key, live, stored = attempt.ref.key, change.where.live, change.where.stored
    ask(
        attempt.server,
        lambda _, vmm: vmm.attach_disk(key, disk, live=live, stored=stored),
        lambda _, vmm: all(disk.target in targets for targets in _sides(vmm, key, change, _targets)),
        f"the disk {disk.target} of {attempt.vm.name}",
    )


def _detach_disk(attempt: Attempt, change: Change, target: str) -> None:
    key, live, stored = attempt.ref.key, change.where.live, change.where.stored
    ask(
        attempt.server,
        lambda _, vmm: vmm.detach_disk(key, target, live=live, stored=stored),
        lambda _, vmm: all(target not in targets for targets in _sides(vmm, key, change, _targets)),
        f"the disk {target} of {attempt.vm.name}",
    )


def _attach_nic(attempt: Attempt, change: Change, nic: Nic) -> str:
    """Attach a card; return its MAC address. If the answer is lost, only one with an address of ours is found."""
    key, live, stored = attempt.ref.key, change.where.live, change.where.stored
    made = ask(
        attempt.server,
        lambda _, vmm: vmm.attach_nic(key, nic, live=live, stored=stored),
        lambda _, vmm: all(nic.mac in macs for macs in _sides(vmm, key, change, _macs)),
        f"the network card of {attempt.vm.name}",
    )
    return made.mac if made else nic.mac


def _detach_nic(attempt: Attempt, change: Change, mac: str) -> None:
    key, live, stored = attempt.ref.key, change.where.live, change.where.stored
    ask(
        attempt.server,
        lambda _, vmm: vmm.detach_nic(key, mac, live=live, stored=stored),
        lambda _, vmm: all(mac not in macs for macs in _sides(vmm, key, change, _macs)),
        f"the network card {mac} of {attempt.vm.name}",
    )


def _sides(vmm: VMM, key: str, change: Change, read: Callable[[list[Disk], list[Nic]], set[str]]) -> list[set[str]]:
    """Return what `read` finds in the definition and in the running VM, as far as the change is for them."""
    sides = []
    if change.where.stored:
        config = vmm.config(key)
        sides.append(read(config.disks(), config.nics()))
    if change.where.live:
        info = vmm.info(key)
        sides.append(read(info.disks, info.nics))
    return sides


def _targets(disks: list[Disk], _: list[Nic]) -> set[str]:
    return {disk.target for disk in disks}


def _macs(_: list[Disk], nics: list[Nic]) -> set[str]:
    return {nic.mac for nic in nics}
