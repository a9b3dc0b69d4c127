"""What a migration will do, and what stands against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve, frozen

from convirt_core.errors import ConvirtError
from convirt_core.hookspecs import VNodeSpec
from convirt_core.model import MigrationOptions, MigrationRequest
from convirt_core.services.lifecycle.guard import refuse_errors
from convirt_core.services.migration.checks import CHECKS, findings_of
from convirt_core.services.migration.inquiry import Inquiry
from convirt_core.services.migration.storage import MovingFile, Role, There

if TYPE_CHECKING:
    from convirt_core.model import Finding, ManagedNode
    from convirt_core.services.lifecycle.guard import Guard
    from convirt_core.services.listed import ListedVM
    from convirt_core.services.servers import Server


@frozen
class Plan:
    """One migration, looked at.

    :param request: with options that say which disks are copied, and whether all others are shared
    :param findings: of our checks, the platform's and every extension's
    :param files: of the VM, with what the destination has of each
    """

    request: MigrationRequest
    source: Server
    destination: Server
    findings: tuple[Finding, ...] = ()
    files: tuple[MovingFile, ...] = ()

    @property
    def copies(self) -> tuple[MovingFile, ...]:
        """The files that are copied to the destination."""
        wanted = self.request.options.copy_storage
        return tuple(file for file in self.files if wanted and file.there is There.NOTHING)

    @property
    def wanted(self) -> tuple[MovingFile, ...]:
        """The files that the destination must have of its own, by path; it may have some already."""
        own = [file for file in self.files if file.there in {There.NOTHING, There.SAME, There.ALIKE}]
        return tuple(sorted(own, key=lambda file: file.path)) if self.request.options.copy_storage else ()

    def refuse(self, *, force: bool) -> None:
        """Raise `ChecksFailed` if an error stands against it, unless forced."""
        what = f"The checks refuse to migrate {self.request.vm_name} to {self.destination.node.name}"
        refuse_errors(self.findings, what, force=force)


def make_plan(
    guard: Guard,
    vm: ListedVM,
    destination: ManagedNode,
    options: MigrationOptions,
    *,
    memory_of_all_bytes: int = 0,
    promised_bytes: int = 0,
) -> Plan:
    """Look at a migration. Nothing is changed but for a probe file, which is gone again."""
    memory_bytes = largest_memory_bytes(vm)
    of_all_bytes = memory_of_all_bytes or memory_bytes
    request = MigrationRequest(
        vm.ref, vm.name, vm.server, destination, options, memory_bytes, of_all_bytes, promised_bytes
    )
    source, other = guard.servers.get(vm.ref.server), guard.servers.of(destination)
    inquiry = Inquiry(request, guard.store, source, other)
    findings = findings_of(CHECKS, inquiry)
    files = _files(inquiry)
    request = evolve(request, options=_decided(options, files))  # those asked next shall know what will be copied
    findings += guard.plugins.findings(vm.server.platform, VNodeSpec.convirt_check_migration, request=request)
    return Plan(request, source, other, tuple(findings), files)


def largest_memory_bytes(vm: ListedVM) -> int:
    """Return what the memory of a VM may grow to."""
    return vm.vm.memory_limit_bytes or vm.vm.memory_bytes


def resident_memory_bytes(vm: ListedVM) -> int:
    """Return what a VM takes of its server's memory at most; a stopped one takes none."""
    return largest_memory_bytes(vm) if vm.vm.state.is_resident else 0


def _files(inquiry: Inquiry) -> tuple[MovingFile, ...]:
    """Return the VM's files; none if they could not be looked at, which a finding has said."""
    try:
        return inquiry.files
    except ConvirtError:
        return ()


def _decided(options: MigrationOptions, files: tuple[MovingFile, ...]) -> MigrationOptions:
    """Fill in what was found out about the disks."""
    written = [file for file in files if file.role is Role.DISK]
    copied = [file for file in written if options.copy_storage and file.there is There.NOTHING]
    others = [file for file in written if file not in copied]
    shared = bool(others) and all(file.there is There.SHARED for file in others)
    return evolve(options, copied_disks=tuple(file.target for file in copied), shared_storage=shared)
