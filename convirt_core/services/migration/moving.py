"""The work of a migration: the task that holds the VM at both servers."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import evolve, frozen

from convirt_core.errors import (
    AlreadyExists,
    ConvirtError,
    NotDone,
    NotFound,
    OperationFailed,
    OutcomeUnknown,
    ServerUnavailable,
)
from convirt_core.model import Capability, OperationRequest, VMRef, VMState
from convirt_core.services.lifecycle.asking import ask
from convirt_core.services.migration.bound import Bound
from convirt_core.services.migration.copying import Copies
from convirt_core.services.migration.journey import Journey
from convirt_core.services.migration.places import whereabouts
from convirt_core.services.migration.settling import finish
from convirt_core.services.migration.storage import Role
from convirt_core.services.migration.watching import Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from convirt_core.model import VMRecord
    from convirt_core.platforms import VM, VNode
    from convirt_core.services.lifecycle.guard import Guard
    from convirt_core.services.migration.plan import Plan
    from convirt_core.services.tasks import TaskHandle

_LONGEST_SECONDS = 7 * 86400.0  # a bound against what hangs; that nothing is sent ends it much sooner
_SETTLE_SECONDS = 15.0
_READ_SECONDS = 5.0
_MORE = "Give it more time with --deadline"
_REMEDIES = MappingProxyType({False: f"{_MORE}.", True: f"{_MORE}, or see --auto-converge and --bandwidth."})
"""Of a definition, and of one that runs."""


@frozen
class Moved:
    """A VM that has moved.

    :param ref: where it is now
    :param sentence: for the person
    :param seconds: that it took
    :param downtime_milliseconds: that it stood still; None: not known, or it did not run
    :param kept_disks: paths of disks that stay at the source although they were copied
    """

    ref: VMRef
    sentence: str
    seconds: float
    downtime_milliseconds: int | None = None
    kept_disks: tuple[str, ...] = ()


class Move:
    """One migration, to be done.

    :param folder: of this machine, for files on their way
    :param deadline_seconds: until it is there, with the copies of its disks; None: as long as it goes on
    """

    def __init__(self, guard: Guard, plan: Plan, folder: Path, *, deadline_seconds: float | None) -> None:
        self._guard = guard
        self._plan = plan
        self._folder = folder
        self._seconds = deadline_seconds
        self._request = plan.request

    def run(self, *, force: bool, check: Callable[[], None] = lambda: None) -> Moved:
        """Do it as a task, with the hooks around it.

        :param check: asked as soon as the task can be cancelled; what it raises is its end
        :raises KeyboardInterrupt: as it came, with a sentence about where the VM is
        """
        request, moved = self._request, list[Moved]()
        capability = Capability.MIGRATE_LIVE if request.live else Capability.MIGRATE

        def work(handle: TaskHandle) -> str:
            check()
            vm = self._guard.look(self._plan.source, request.vm.key, [capability])
            arguments = {"destination": request.destination.id}
            told = OperationRequest(capability, request.source, request.vm, vm.name, arguments, handle.id)
            return self._guard.announced([told], lambda: done(handle, vm), force=force)

        def done(handle: TaskHandle, vm: VM) -> str:
            moved.append(self._move(handle, vm))
            return moved[0].sentence

        title = f"Migrate {request.vm_name} from {request.source.name} to {request.destination.name}"
        arrival = VMRef(request.destination.id, request.vm.key)
        try:
            self._guard.tasks.run(title, capability.value, work, vms=(request.vm, arrival))
        except KeyboardInterrupt as error:  # which says nothing of how it ended
            raise KeyboardInterrupt(self._whereabouts()) from error
        return moved[0]

    def _whereabouts(self) -> str:
        request = self._request
        return whereabouts(
            self._plan.source, self._plan.destination, request.vm.key, request.vm_name, live=request.live
        )

    def _move(self, handle: TaskHandle, vm: VM) -> Moved:
        begun = time.monotonic()
        bound = Bound(vm.name, self._seconds, remedy=_REMEDIES[self._request.live])
        self._refuse_taken(vm)
        record = self._guard.store.vms.find(self._request.vm)
        left, kept = self._disks_left(record)
        journey = Journey(
            self._request.vm.key,
            vm.name,
            self._request.source.id,
            self._request.destination.id,
            self._request.live,
            vm.state is VMState.RUNNING,
            vm.autostart,
            left=left,
        )
        handle.remember(journey.as_remain())
        journey = self._copy(handle, journey, bound)
        bound.check()
        stays = self._move_live(handle, journey, bound) if journey.live else self._move_definition(handle, journey)
        seconds = time.monotonic() - begun
        downtime = self._downtime() if journey.live else None
        ref = VMRef(journey.destination, journey.key)
        sentence = _sentence(self._plan, vm.name, seconds, downtime, kept) + _complaint(self._plan, stays)
        return Moved(ref, sentence, seconds, downtime, (*kept, *stays))

    def _refuse_taken(self, vm: VM) -> None:
        """Refuse, whatever is forced, what would end in two VMs of one identity."""

        def refuse(vnode: VNode) -> None:
            if any(other.key == vm.key for other in vnode.vms()):
                raise AlreadyExists(f"{vnode.node.name} has a VM with the UUID of {vm.name} already.")

        self._plan.destination.look(refuse)

    def _disks_left(self, record: VMRecord | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the disks that the destination has of its own: which go from the source, and which stay.

        ConVirt removes what it has made.
        """
        copied = [file.path for file in self._plan.wanted if file.role is Role.DISK]
        own = () if record is None or self._request.options.keep_source_disks else record.disks
        variables = tuple(file.path for file in self._plan.copies if file.role is Role.VARIABLES)
        gone, kept = [path for path in copied if path in own], [path for path in copied if path not in own]
        return (*gone, *variables), tuple(kept)

    def _copy(self, handle: TaskHandle, journey: Journey, bound: Bound) -> Journey:
        """Make or send the files that the destination lacks; the hypervisor fills the disks of a running VM.

        Each is written into the journal before it is made, so that nothing is removed that somebody else has made.
        """
        copies = Copies(handle, self._plan.source, self._plan.destination, self._folder / handle.id, bound)
        for file in self._plan.wanted:
            if not copies.is_needed(file):
                continue
            before, journey = journey, evolve(journey, made=(*journey.made, file.path))
            handle.remember(journey.as_remain())
            handle.forget(before.as_remain())
            if self._request.live and file.role is Role.DISK:
                copies.prepare(file)
            else:
                copies.send(file)
        return journey

    def _move_live(self, handle: TaskHandle, journey: Journey, bound: Bound) -> tuple[str, ...]:
        """Let the hypervisors move it; return what stays. An error is believed once both servers say where it is."""
        watch = Watch(handle, journey.name, bound)
        key, options = journey.key, self._request.options
        other = self._plan.destination.call(lambda _, vmm: vmm)
        failure: ConvirtError | None = None
        try:
            self._plan.source.call(
                lambda _, vmm: vmm.migrate(key, other, options, progress=watch), deadline_seconds=_LONGEST_SECONDS
            )
        except ConvirtError as error:
            failure = error
        except BaseException:  # Ctrl-C: nobody waits for the worker any more, which ends it at its next word
            watch.stop()
            raise
        is_given_up = bound.has_passed and isinstance(failure, OutcomeUnknown)  # the source says nothing any more
        return self._arrive(journey, failure, _READ_SECONDS if is_given_up else _SETTLE_SECONDS)

    def _arrive(self, journey: Journey, failure: ConvirtError | None, seconds: float) -> tuple[str, ...]:
        """Finish what is at the destination, and return what stays at the source that should have gone.

        A VM that is not there is where it was: its error is raised, and whoever undoes the task undoes the rest.

        :param seconds: how long to look where it is
        """
        try:
            stays = finish(self._guard.store, self._plan.source, self._plan.destination, journey, seconds=seconds)
        except ServerUnavailable as error:
            said = f"{failure.message} {error.message}" if failure else error.message
            raise OutcomeUnknown(said, remedy=error.remedy) from failure or error
        if stays is None:
            raise _stayed(journey, self._plan, failure)
        return stays

    def _move_definition(self, handle: TaskHandle, journey: Journey) -> tuple[str, ...]:
        """Define it at the destination, then remove it from the source: until then it is there. Return what stays."""
        handle.progress(None, f"defines {journey.name}")
        config = self._plan.source.call(lambda _, vmm: vmm.config(journey.key))
        key = journey.key
        ask(
            self._plan.destination,
            lambda _, vmm: vmm.define(config),
            lambda vnode, _: bool(vnode.vm(key)),
            f"the definition of {journey.name}",
        )
        handle.progress(None, f"removes {journey.name} from {self._plan.source.node.name}")
        ask(
            self._plan.source,
            lambda _, vmm: vmm.release(key),
            lambda vnode, _: _is_gone(vnode, key),
            f"the definition of {journey.name}",
        )
        return self._arrive(journey, None, _SETTLE_SECONDS)

    def _downtime(self) -> int | None:
        try:
            return self._plan.destination.call(
                lambda _, vmm: vmm.arrival_downtime_milliseconds(self._request.vm.key), deadline_seconds=_READ_SECONDS
            )
        except ConvirtError:  # it has moved; that this is not known is no failure
            return None


def _is_gone(vnode: VNode, key: str) -> bool:
    try:
        vnode.vm(key)
    except NotFound:
        return True
    return False


def _stayed(journey: Journey, plan: Plan, failure: ConvirtError | None) -> ConvirtError:
    """Return the error for a VM that is where it was: what went wrong, and that nothing is lost or unknown."""
    where = f"{journey.name} is on {plan.source.node.name} as before."
    if failure is None:
        return NotDone(f"{journey.name} did not go to {plan.destination.node.name}. {where}")
    kind = OperationFailed if isinstance(failure, OutcomeUnknown) else type(failure)
    stayed = kind(f"{failure.message} {where}", remedy=failure.remedy)
    stayed.__cause__ = failure
    return stayed


def _sentence(plan: Plan, name: str, seconds: float, downtime: int | None, kept: tuple[str, ...]) -> str:
    said = f"{name} was migrated to {plan.destination.node.name} in {seconds:.1f} s"
    said += "." if downtime is None else f" and stood still for {downtime} ms."
    return said + "".join(f" Its disk {path} stays on {plan.source.node.name}." for path in kept)


def _complaint(plan: Plan, stays: tuple[str, ...]) -> str:
    """Return what the person is to look at, with a blank before; most often nothing."""
    here = plan.source.node.name
    return "".join(f" {path} could not be removed from {here}; remove it if nothing uses it." for path in stays)
