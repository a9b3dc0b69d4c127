"""Definitions: making one, checking it, storing it as a new managed VM, replacing its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.errors import AlreadyExists, Conflict
from convirt_core.hookspecs import VMConfigSpec
from convirt_core.model import (
    Capability,
    Finding,
    ManagedNode,
    OperationRequest,
    Remain,
    RemainKind,
    VMRecord,
    VMRef,
    check_vm_name,
)
from convirt_core.platforms import VMM, ConfigSource, VMConfig, VNode
from convirt_core.services.lifecycle.asking import ask
from convirt_core.services.lifecycle.guard import Attempt, Guard, refuse_errors, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.services.listed import ListedVM
    from convirt_core.services.servers import Server
    from convirt_core.services.tasks import TaskHandle
    from convirt_core.store import Store

_CHECK_SECONDS = 60.0  # every extension is asked


def define(
    guard: Guard, node: ManagedNode, values: Mapping[str, object] | None, text: str, origin: str, *, force: bool
) -> VMRef:
    """Define a new, managed VM from values or from the hypervisor's own text."""
    config = make_config(guard, node, values, text, origin)
    server = guard.servers.of(node)
    server.look(lambda vnode: require(node, vnode.capabilities, Capability.DEFINE))
    ref = VMRef(node.id, config.key)

    def work(handle: TaskHandle) -> str:
        request = OperationRequest(Capability.DEFINE, node, ref, config.name, task=handle.id)
        return guard.announced([request], lambda: make(handle), force=force)

    def make(handle: TaskHandle) -> str:
        refuse_bad_definition(guard, server, config, force=force)
        define_managed(guard.store, handle, server, config, VMRecord(ref, config.name))
        return f"{config.name} was defined on {node.name}."

    guard.tasks.run(f"Define {config.name} on {node.name}", Capability.DEFINE.value, work, vms=(ref,))
    return ref


def define_managed(store: Store, handle: TaskHandle, server: Server, config: VMConfig, record: VMRecord) -> None:
    """Store a new VM's definition and its record; both go again if the task fails.

    :raises AlreadyExists: its name or key is taken on the server; nothing was done
    """
    ref = record.ref
    handle.lock(ref)
    server.look(lambda vnode: refuse_taken(vnode, config))
    handle.remember(Remain(RemainKind.DOMAIN, ref.server, ref.key))
    ask(
        server,
        lambda _, vmm: vmm.define(config),
        lambda vnode, _: bool(vnode.vm(ref.key)),
        f"the definition of {config.name}",
    )
    if old := store.vms.find(ref):  # left by a VM that was removed without us
        store.vms.remove(old)
    handle.remember(Remain(RemainKind.RECORD, ref.server, ref.key))
    with store.transaction():
        if record.image:
            store.images.get(record.image)  # it may have been removed meanwhile, with what the VM stands on
        store.vms.add(record)


def make_config(
    guard: Guard, node: ManagedNode, values: Mapping[str, object] | None, text: str, origin: str
) -> VMConfig:
    """Make a definition for a server; nothing is stored. Raises `InvalidInput`."""
    source = ConfigSource(
        "values" if values is not None else "native",
        text=text,
        values=values or {},
        options=node.options,
        origin=origin,
    )
    config = guard.plugins.call(node.platform, VMConfigSpec.convirt_create_vm_config, source=source)
    check_vm_name(config.name)
    return config


def refuse_bad_definition(guard: Guard, server: Server, config: VMConfig, *, force: bool) -> None:
    """Check a definition against its server, by the platform and every extension. Raises `ChecksFailed`."""
    findings = definition_findings(guard, server, config)
    refuse_errors(findings, f"The checks refuse the definition of {config.name}", force=force)


def definition_findings(guard: Guard, server: Server, config: VMConfig) -> list[Finding]:
    """Return what the definition itself, the platform and every extension find; `plugin` says who."""

    def check(vnode: VNode, _: VMM) -> list[Finding]:
        hook = VMConfigSpec.convirt_validate_vm_config
        return guard.plugins.findings(server.node.platform, hook, config=config, vnode=vnode)

    return [*config.validate(), *server.call(check, deadline_seconds=_CHECK_SECONDS)]


def edit_text(guard: Guard, vm: ListedVM, text: str, digest: str, *, force: bool) -> str:
    """Replace a definition by the hypervisor's own text, edited; return a sentence."""

    def work(attempt: Attempt) -> str:
        stored = attempt.server.call(lambda _, vmm: vmm.config(vm.ref.key))
        refuse_changed(stored, digest, attempt.vm.name)
        edited = stored.with_text(text)
        if edited.name != stored.name:
            check_vm_name(edited.name)
        refuse_bad_definition(guard, attempt.server, edited, force=force)
        write_unchanged(attempt, edited)
        rename_record(guard.store, attempt.ref, edited.name)
        return f"The definition of {edited.name} was replaced."

    title = f"Edit the definition of {vm.name} on {vm.server.name}"
    return guard.change(vm, [Capability.DEFINE], title, work, force=force)


def write_unchanged(attempt: Attempt, config: VMConfig) -> None:
    """Write a definition in place of the one that was read.

    :raises Conflict: someone changed it meanwhile
    """
    key = attempt.ref.key
    ask(
        attempt.server,
        lambda _, vmm: vmm.write_config(config),
        lambda _, vmm: vmm.config(key).digest != config.digest,
        f"the definition of {attempt.vm.name}",
    )


def refuse_changed(stored: VMConfig, digest: str, name: str) -> None:
    """Raise `Conflict` if a definition has not this digest (empty: any)."""
    if digest and stored.digest != digest:
        raise Conflict(
            f"The definition of {name} was changed by someone else meanwhile.",
            remedy="Look at it again and repeat the change.",
        )


def rename_record(store: Store, ref: VMRef, name: str) -> None:
    """Write a VM's new name into its record, if it has one."""
    record = store.vms.find(ref)
    if record is not None and record.name != name:
        store.vms.save(evolve(record, name=name))


def refuse_taken(vnode: VNode, config: VMConfig) -> None:
    """Raise `AlreadyExists` if a server has a VM with this name or key."""
    for vm in vnode.vms():
        if vm.name == config.name or vm.key == config.key:
            raise AlreadyExists(
                f"There is a VM {vm.name} on {vnode.node.name} already.", remedy="Choose another name (and UUID)."
            )
