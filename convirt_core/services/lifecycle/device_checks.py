"""Checking devices before they are attached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import Change, Disk, Finding, Nic, format_disk, format_nic
from convirt_core.services.lifecycle.definitions import definition_findings, make_config, refuse_bad_definition
from convirt_core.services.lifecycle.guard import Attempt, Guard, refuse_errors

if TYPE_CHECKING:
    from collections.abc import Iterable


def refuse_bad_devices(guard: Guard, attempt: Attempt, change: Change, *, force: bool) -> None:
    """Check the devices of a change as those of a new VM, and its definition with them as any edited one.

    :raises InvalidInput: for a device that no definition can hold
    :raises ChecksFailed: if a check refuses, unless forced
    """
    if change.attach_disks or change.attach_nics:
        found = _findings_of_new(guard, attempt, change)
        refuse_errors(found, f"The checks refuse the devices for {attempt.vm.name}", force=force)
        if change.where.stored:
            _check_edited(guard, attempt, change, force=force)


def _findings_of_new(guard: Guard, attempt: Attempt, change: Change) -> list[Finding]:
    """Ask the platform about a new definition with the new devices alone.

    It excuses what is missing in a definition that is there already; an extension may miss the rest of the VM.
    """
    node = attempt.server.node
    values = {"name": attempt.vm.name, **_entries(change.attach_disks, change.attach_nics)}
    config = make_config(guard, node, values, "", "")
    found = definition_findings(guard, attempt.server, config)
    return [each for each in found if each.plugin == f"platforms:{node.platform}"]


def _check_edited(guard: Guard, attempt: Attempt, change: Change, *, force: bool) -> None:
    config = attempt.server.call(lambda _, vmm: vmm.config(attempt.ref.key))
    disks = [disk for disk in config.disks() if disk.target not in change.detach_disks]
    nics = [nic for nic in config.nics() if nic.mac not in change.detach_nics]
    for key, value in _entries((*disks, *change.attach_disks), (*nics, *change.attach_nics)).items():
        config[key] = value
    refuse_bad_definition(guard, attempt.server, config, force=force)


def _entries(disks: Iterable[Disk], nics: Iterable[Nic]) -> dict[str, object]:
    """Return the keys of a definition with these devices; without any, no key."""
    entries = {"disk": [format_disk(disk) for disk in disks], "vif": [format_nic(nic) for nic in nics]}
    return {key: value for key, value in entries.items() if value}
