"""The VMs of all servers: listing, finding, looking, and taking them under management."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.errors import ConvirtError, NotSupported, WrongState
from convirt_core.model import Capability, VMRecord, VMRef
from convirt_core.services.listed import ListedVM, ServerAnswer
from convirt_core.services.servers import READ_SECONDS, Servers, ask_all

if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from convirt_core.model import InfoSection, ManagedNode
    from convirt_core.platforms import VM, VMDetails, VNode
    from convirt_core.plugins import Plugins
    from convirt_core.services.remembered import Memory
    from convirt_core.store import Store


class VMs:
    """Looks at VMs and their records. What changes a VM is in `lifecycle`.

    :param memory_folder: for answers that are kept for the next process
    """

    def __init__(self, store: Store, plugins: Plugins, servers: Servers, memory_folder: Path) -> None:
        self._store = store
        self._plugins = plugins
        self._servers = servers
        self._memory_folder = memory_folder
        self._seen: dict[str, tuple[float, builtins.list[VM]]] = {}

    def list(
        self,
        servers: Iterable[ManagedNode] | None = None,
        *,
        deadline_seconds: float = READ_SECONDS,
        max_age_seconds: float = 0.0,
        on_wait: Callable[[], None] | None = None,
    ) -> Iterator[ServerAnswer]:
        """Ask servers (None: all) at once and yield each answer as it comes; a bad server is only its own error.

        :param max_age_seconds: above 0: an answer of this or another process that is not older will do, and what is
            answered now is kept for them
        :param on_wait: called whenever the next answer lets wait: the time to show those that are there
        """
        nodes = self._servers.all() if servers is None else servers
        records = self._store.vms.all()
        managed, known = {record.ref for record in records}, {record.ref.key for record in records}
        strangers: builtins.list[VMRef] = []
        keys: dict[str, set[str]] = {}
        asked = []
        for node in nodes:
            young = self._young_answer(node, max_age_seconds, managed) if max_age_seconds else None
            if young is None:
                asked.append(self._servers.of(node))
            else:
                yield young
        for server, answer in ask_all(asked, _list_vms, deadline_seconds=deadline_seconds, on_wait=on_wait):
            if isinstance(answer, ConvirtError):
                yield self._old_answer(server.node, answer, managed)
            else:
                self._seen[server.node.id] = (time.monotonic(), answer)
                if max_age_seconds:
                    self._memory.keep(server.node, answer)
                listed = _listed(server.node, answer, managed)
                strangers += [vm.ref for vm in listed if not vm.managed and vm.ref.key in known]
                keys[server.node.id] = {vm.key for vm in answer}
                yield ServerAnswer(server.node, listed)
        if strangers:
            from convirt_core.services.adoption import adopt  # noqa: PLC0415  rarely needed

            adopt(self._store, records, strangers, keys)

    def forget(self, server: ManagedNode) -> None:
        """Let go of the earlier answers of a server that is gone."""
        self._seen.pop(server.id, None)
        self._memory.forget(server)

    def find(self, name: str) -> ListedVM:
        """Return the VM that is meant by its name, `server/name`, key, or a unique prefix of its name.

        A server that is named is asked alone. Where a managed VM has this whole name or key, nobody waits for servers
        that say nothing while that VM's own has answered. If its own says nothing, that is the answer, unless another
        lets it run: so it is after a host was lost and something else has started its VMs elsewhere.

        :raises NotFound: no server has it
        :raises ServerUnavailable: no server that answered has it; the message says why the others did not
        :raises PluginError: likewise, and the one that did not answer lacks its plugin
        :raises Ambiguous: several have it; the message lists `server/name`
        """
        from convirt_core.services.which_vm import choose, is_decided, is_there, runs  # noqa: PLC0415  a list does without

        server_name, slash, vm_name = name.partition("/")
        if slash:
            from convirt_core.services.lookup import find_by_name  # noqa: PLC0415  a list does without

            node = find_by_name(self._servers.all(), server_name, "server", lambda node: node.name)
            [answer] = self.list([node])
            _raise_error_of(answer)
            return choose(vm_name, [answer])
        home = self._where_recorded(name)
        answers: builtins.list[ServerAnswer] = []

        def leave_the_rest() -> None:
            if home and is_decided(name, home, answers):
                raise _EnoughHeard

        with suppress(_EnoughHeard):
            for answer in self.list(on_wait=leave_the_rest):
                for vm in answer.vms:
                    if vm.ref.key == name and answer.error is None and is_there(vm, home):  # no other can be meant
                        return vm
                answers.append(answer)
        for answer in answers:
            if home and answer.node.id == home.server and not runs(home.key, answers):
                _raise_error_of(answer)
        return choose(name, answers)

    def of_server(self, node: ManagedNode, capability: Capability | None = None) -> builtins.list[ListedVM]:
        """Return all VMs of a server, managed or not; its own domain (Xen's Domain-0) is none of them.

        :param capability: only those in a state that this is for: a platform may let it be done to one by its name in
            more states, as to a VM that is removed while it reboots
        :raises ConvirtError: the server did not answer
        """
        [answer] = self.list([node])
        _raise_error_of(answer)
        vms = [vm for vm in answer.vms if not vm.vm.protected]
        return vms if capability is None else [vm for vm in vms if _is_for(capability, vm.vm)]

    def details(self, ref: VMRef) -> VMDetails:
        """Read one VM whole. Raises `NotFound`."""
        from convirt_core.services.details import read_details  # noqa: PLC0415  a list does without

        return read_details(self._servers.get(ref.server), ref.key)

    def info_sections(self, ref: VMRef) -> builtins.list[InfoSection]:
        """Return what is to be shown of it: ours, its platform's and every extension's.

        A plugin that fails is a section with its error.
        """
        from convirt_core.services.details import vm_sections  # noqa: PLC0415  a list does without

        return vm_sections(self._plugins, self._servers.get(ref.server), ref.key, self.record(ref))

    def export(self, ref: VMRef, text: str = "") -> str:
        """Return its definition as a file that the hypervisor's own tools read, without its secrets.

        :param text: the file until now, of which stays what it says beyond the definition
        :raises ConvirtError: see `exporting.export`
        """
        from convirt_core.services.exporting import export  # noqa: PLC0415  a list does without

        return export(self._servers.get(ref.server), ref.key, text)

    def record(self, ref: VMRef) -> VMRecord | None:
        """Return our record, or None for an unmanaged VM."""
        return self._store.vms.find(ref)

    def import_vm(self, ref: VMRef) -> VMRecord:
        """Take it under management.

        :raises AlreadyExists: it is
        :raises Refused: nothing can be managed of it: it is the server's own domain, or its platform does nothing to it
        """
        vm = self._servers.get(ref.server).look(lambda vnode: vnode.vm(ref.key))
        _refuse_unmanageable(vm)
        return self._store.vms.add(VMRecord(ref, vm.name))

    def set_notes(self, ref: VMRef, notes: str) -> VMRecord:
        """Write a note into the record. Raises `NotFound` for an unmanaged VM."""
        return self._store.vms.save(evolve(self._store.vms.get(ref), notes=notes))

    def set_deadlines(self, ref: VMRef, deadlines: Mapping[str, str]) -> VMRecord:
        """Write deadlines of its own into the record: operation → seconds, empty: the usual one again.

        :raises InvalidInput: there is no such operation, or it is no time
        :raises NotFound: it is unmanaged
        """
        from convirt_core.services.deadlines import with_deadlines  # noqa: PLC0415  a list does without

        return self._store.vms.save(with_deadlines(self._store.vms.get(ref), deadlines))

    def _where_recorded(self, name: str) -> VMRef | None:
        """Return the only managed VM of this name or key, unless a task may be moving it."""
        refs = [record.ref for record in self._store.vms.all() if name in {record.name, record.ref.key}]
        if len(refs) != 1 or any(refs[0] in task.vms for task in self._store.tasks.running()):
            return None
        return refs[0]

    @cached_property
    def _memory(self) -> Memory:
        from convirt_core.services.remembered import Memory  # noqa: PLC0415  most listings keep nothing

        return Memory(self._memory_folder)

    def _young_answer(
        self, node: ManagedNode, max_age_seconds: float, managed: AbstractSet[VMRef]
    ) -> ServerAnswer | None:
        """Return what the server said not longer ago."""
        seen_at, vms = self._seen.get(node.id, (float("-inf"), []))
        age = time.monotonic() - seen_at
        if age > max_age_seconds:
            remembered = self._memory.find(node, max_age_seconds)
            if remembered is None:
                return None
            age, vms = remembered
        return ServerAnswer(node, _listed(node, vms, managed), age_seconds=age)

    def _old_answer(self, node: ManagedNode, error: ConvirtError, managed: AbstractSet[VMRef]) -> ServerAnswer:
        """Return what the server said last, with why it says nothing now."""
        if node.id not in self._seen:
            return ServerAnswer(node, error=error)
        seen_at, vms = self._seen[node.id]
        return ServerAnswer(node, _listed(node, vms, managed), error, time.monotonic() - seen_at)


class _EnoughHeard(Exception):
    """Who has not answered by now is not waited for."""


def _refuse_unmanageable(vm: VM) -> None:
    if vm.protected:
        raise WrongState(f"{vm.name} is the server's own domain, which is not managed.")
    if (reason := vm.refusal(Capability.KILL)) and not reason.supported:
        raise NotSupported(reason.message, remedy=reason.remedy)


def _is_for(capability: Capability, vm: VM) -> bool:
    from convirt_core.model import OPERATIONS  # noqa: PLC0415  a list does without

    operation = OPERATIONS.get(capability)
    is_in_state = operation is None or not operation.allowed or vm.state in operation.allowed
    return is_in_state and vm.refusal(capability) is None


def _raise_error_of(answer: ServerAnswer) -> None:
    if answer.error is not None:
        raise answer.error


def _list_vms(vnode: VNode) -> list[VM]:
    return vnode.vms()


def _listed(node: ManagedNode, vms: Iterable[VM], managed: AbstractSet[VMRef]) -> tuple[ListedVM, ...]:
    refs = ((VMRef(node.id, vm.key), vm) for vm in vms)
    listed = (ListedVM(ref, node, vm, ref in managed) for ref, vm in refs)
    return tuple(sorted(listed, key=lambda each: each.name))
