"""Applying a `Change`: the definition, the running VM, or both."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError, InvalidInput, NotFound, WrongState
from convirt_core.model import Capability, Change, Finding, Severity, VMState, check_vm_name
from convirt_core.services.lifecycle import devices
from convirt_core.services.lifecycle.definitions import (
    refuse_bad_definition,
    refuse_changed,
    rename_record,
    write_unchanged,
)
from convirt_core.services.lifecycle.device_checks import refuse_bad_devices
from convirt_core.services.lifecycle.guard import refuse_errors
from convirt_core.services.lifecycle.live_size import MIB, set_live

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.platforms import VMConfig
    from convirt_core.services.lifecycle.guard import Attempt, Guard
    from convirt_core.services.listed import ListedVM

_STORED = {
    "memory": Capability.SET_MEMORY,
    "maxmem": Capability.SET_MEMORY,
    "vcpus": Capability.SET_VCPUS,
    "maxvcpus": Capability.SET_VCPUS,
    "boot": Capability.SET_BOOT_DEVICE,
}
_LIVE = {"memory": Capability.SET_MEMORY_LIVE, "vcpus": Capability.SET_VCPUS_LIVE}
_LIMITS = frozenset({"maxmem", "maxvcpus"})


def needed_capabilities(change: Change) -> list[Capability]:
    """Return what a change asks of a server, each once.

    :raises InvalidInput: if it changes nothing, or what a running VM cannot be given
    """
    needed: list[Capability] = []
    for key in change.values:
        if change.where.stored:
            needed.append(_STORED.get(key, Capability.DEFINE))
        if change.where.live:
            if key not in _LIVE:
                raise InvalidInput(f"{key} of a running VM cannot be changed.", remedy="Change the definition only.")
            needed.append(_LIVE[key])
    needed += devices.needed_capabilities(change)
    if not needed:
        raise InvalidInput("There is nothing to change.")
    return list(dict.fromkeys(needed))


def apply_change(guard: Guard, vm: ListedVM, change: Change, *, force: bool, or_stored: bool = False) -> list[str]:
    """Apply a change; return a sentence for each thing done. The running VM first: it may refuse.

    :param or_stored: if the running VM is not made for the sizes, the definition alone changes
    :raises Conflict: the definition is no longer the one of `change.digest`
    """
    needed = needed_capabilities(change)

    def work(attempt: Attempt) -> str:
        if change.where.live:
            _refuse_if_not_running(attempt)
        _refuse_too_much_memory(attempt, change, force=force)
        config, keys = _changed_config(guard, attempt, change, force=force)
        refuse_bad_devices(guard, attempt, change, force=force)
        done: list[str] = []
        with _saying_what_was_done(done):
            later = _resize(attempt, change, done, or_stored=or_stored)
            _store(guard, attempt, config, done, keys)
            devices.apply(attempt, change, done)
        done += later
        return "\n".join(done)

    title = f"Change {vm.name} on {vm.server.name}"
    return guard.change(vm, needed, title, work, arguments=_arguments(change), force=force).splitlines()


def _resize(attempt: Attempt, change: Change, done: list[str], *, or_stored: bool) -> list[str]:
    """Resize the running VM; return why it stays as it is, if the definition may change alone."""
    try:
        set_live(attempt, change, done)
    except InvalidInput as refusal:
        if not (or_stored and change.where.stored):
            raise
        return [f"It counts from the next start on: {refusal.message}"]
    return []


def _arguments(change: Change) -> dict[str, object]:
    """Return what hooks are shown: sizes with their units, of the rest only the keys (a value may be secret)."""
    arguments: dict[str, object] = {"where": change.where.value, "keys": tuple(change.values)}
    if isinstance(memory := change.values.get("memory"), int):
        arguments["memory_bytes"] = memory * MIB
    if isinstance(vcpus := change.values.get("vcpus"), int):
        arguments["vcpus"] = vcpus
    return arguments


def _refuse_if_not_running(attempt: Attempt) -> None:
    if attempt.vm.state not in {VMState.RUNNING, VMState.PAUSED}:
        raise WrongState(
            f"{attempt.vm.name} is {attempt.vm.state}: there is no running VM to change.",
            remedy="Change the definition only.",
        )


def _refuse_too_much_memory(attempt: Attempt, change: Change, *, force: bool) -> None:
    """Raise `ChecksFailed` if a VM is to have more memory than its server, unless forced."""
    sizes = [size for key in ("memory", "maxmem") if isinstance(size := change.values.get(key), int)]
    if not sizes:
        return
    total = attempt.server.call(lambda vnode, _: vnode.metric_snapshot()).memory_total_bytes // MIB
    if 0 < total < max(sizes):
        message = f"{attempt.server.node.name} has {total} MiB of memory, and {max(sizes)} MiB are more."
        finding = Finding("memory-beyond-server", "Memory", Severity.ERROR, message)
        refuse_errors([finding], f"The checks refuse to change {attempt.vm.name}", force=force)


def _changed_config(
    guard: Guard, attempt: Attempt, change: Change, *, force: bool
) -> tuple[VMConfig | None, list[str]]:
    """Return the definition with the new values, checked but not stored, and the keys that change; None if none do."""
    if not change.values or not change.where.stored:
        return None, []
    if change.values.get("uuid", attempt.ref.key) != attempt.ref.key:
        raise InvalidInput("The UUID of a VM cannot be changed.", remedy="Clone the VM instead.")
    config = attempt.server.call(lambda _, vmm: vmm.config(attempt.ref.key))
    refuse_changed(config, change.digest, attempt.vm.name)
    limits = {key: config.get(key) for key in sorted(_LIMITS - change.values.keys())}
    for key in sorted(change.values, key=_LIMITS.__contains__):  # a size may move its limit, so that comes last
        _set_or_delete(config, key, change.values[key])
    if config.name != attempt.vm.name:  # one that somebody else gave it may be odd, and stay
        check_vm_name(config.name)
    refuse_bad_definition(guard, attempt.server, config, force=force)
    return config, [*change.values, *(key for key, before in limits.items() if config.get(key) != before)]


def _set_or_delete(config: VMConfig, key: str, value: object) -> None:
    if value is not None:
        config[key] = value
    elif key in config:
        del config[key]
    else:
        raise NotFound(f"The definition of {config.name} has no key {key}.")


def _store(guard: Guard, attempt: Attempt, config: VMConfig | None, done: list[str], keys: list[str]) -> None:
    if config is None:
        return
    write_unchanged(attempt, config)
    done.append(f"The definition of {config.name} was changed: {', '.join(keys)}.")
    rename_record(guard.store, attempt.ref, config.name)


@contextmanager
def _saying_what_was_done(done: list[str]) -> Iterator[None]:
    """Add to an error what had been done before: it is not undone."""
    try:
        yield
    except ConvirtError as error:
        if done:
            error.message = f"{error.message} Before that: {' '.join(done)}"
            error.args = (error.message,)
        raise
