"""Cloning a stopped VM on its server."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.errors import AlreadyExists, NotSupported, OperationFailed, WrongState
from convirt_core.model import Capability, Disk, Remain, RemainKind, VMRecord, VMRef, VMState, check_vm_name
from convirt_core.services.lifecycle.definitions import define_managed, refuse_bad_definition
from convirt_core.services.lifecycle.linked import LINKED_TO
from convirt_core.services.vm_files import named_after

if TYPE_CHECKING:
    from convirt_core.services.lifecycle.guard import Attempt, Guard
    from convirt_core.services.listed import ListedVM

_COPY_SECONDS = 24 * 3600.0  # a bound against what hangs, not an expectation; a person may cancel


def clone(guard: Guard, vm: ListedVM, name: str, *, linked: bool, force: bool) -> VMRef:
    """Make a managed copy of a stopped VM on its server; return it. Nothing stays of one that fails.

    CD-ROMs, read-only and shared disks are used by both.

    :param linked: the copy's disks are qcow2 overlays on the originals, which must then stay as they are
    """
    check_vm_name(name)
    made: list[VMRef] = []

    def work(attempt: Attempt) -> str:
        made.append(_clone(guard, attempt, name, linked=linked, force=force))
        return f"{attempt.vm.name} was cloned as {name}."

    title = f"Clone {vm.name} as {name} on {vm.server.name}"
    arguments = {"name": name, "linked": linked}
    guard.change(vm, [Capability.CLONE], title, work, arguments=arguments, force=force)
    return made[0]


def _clone(guard: Guard, attempt: Attempt, name: str, *, linked: bool, force: bool) -> VMRef:
    if attempt.vm.state is not VMState.STOPPED:
        raise WrongState(
            f"{attempt.vm.name} is {attempt.vm.state}: only a stopped VM can be cloned.", remedy="Shut it down first."
        )
    server = attempt.server
    config = server.call(lambda _, vmm: vmm.config(attempt.ref.key)).renewed(name)
    copied = {disk.target: _copy_path(disk, name) for disk in config.disks() if _is_own(disk)}
    for disk in config.disks():
        if disk.target in copied:
            _make_disk(attempt, disk, copied[disk.target], linked=linked)
            config.set_disk_source(disk.target, copied[disk.target])
    refuse_bad_definition(guard, server, config, force=force)
    original = guard.store.vms.find(attempt.ref)
    ref = VMRef(attempt.ref.server, config.key)
    record = VMRecord(ref, name, disks=tuple(copied.values()), settings={LINKED_TO: attempt.ref.key} if linked else {})
    if original is not None:
        inherited = {key: value for key, value in original.settings.items() if key != LINKED_TO}
        record = evolve(record, image=original.image, settings={**inherited, **record.settings})
    define_managed(guard.store, attempt.handle, server, config, record)
    return ref


def _is_own(disk: Disk) -> bool:
    """Whether a clone needs its own."""
    return disk.device == "disk" and bool(disk.source) and not disk.read_only and not disk.shareable


def _copy_path(disk: Disk, name: str) -> str:
    """Return where a clone's disk goes: beside the original, named after the clone and the target."""
    original = PurePosixPath(disk.source)
    if not original.is_absolute() or original.parts[1] == "dev":
        raise NotSupported(
            f"The disk {disk.target} is no file: {disk.source}.", remedy="Copy it yourself and define the VM anew."
        )
    return str(original.with_name(f"{named_after(name)}-{disk.target}{original.suffix}"))


def _make_disk(attempt: Attempt, disk: Disk, path: str, *, linked: bool) -> None:
    proxy = attempt.server.proxy
    if proxy.stat(path):
        raise AlreadyExists(f"There is a {path} on {attempt.server.node.name} already.", remedy="Choose another name.")
    attempt.handle.remember(Remain(RemainKind.FILE, attempt.ref.server, path))
    attempt.handle.progress(None, f"Making {path}")
    argv = _qemu_img(disk, path, linked=linked)
    result = proxy.run(argv, timeout_seconds=_COPY_SECONDS, check=attempt.handle.check_cancelled)
    if result.exit_code:
        words = (result.error_text.splitlines() or ["no reason given"])[-1]
        raise OperationFailed(f"{disk.source} could not be copied to {path}: {words}.")


def _qemu_img(disk: Disk, path: str, *, linked: bool) -> list[str]:
    """Return the command. The format is never guessed: a guest could write another's header into a raw disk."""
    disk_format = disk.format or "raw"
    if not linked:
        return ["qemu-img", "convert", "-f", disk_format, "-O", disk_format, disk.source, path]
    if disk_format != "qcow2":
        raise NotSupported(
            f"The disk {disk.target} is {disk_format}: only qcow2 disks can be linked.", remedy="Make a full clone."
        )
    return ["qemu-img", "create", "-q", "-f", "qcow2", "-b", disk.source, "-F", "qcow2", path]
