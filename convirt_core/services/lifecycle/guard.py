"""What stands around every change of a VM: is it possible, does anybody mind, does anybody else work on it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.errors import Cancelled, DeadlineExceeded, NotSupported, OutcomeUnknown, WrongState
from convirt_core.hookspecs import VMMSpec
from convirt_core.model import (
    Capability,
    ChecksFailed,
    Finding,
    ManagedNode,
    OperationRequest,
    Outcome,
    Severity,
    VMRef,
    errors_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from convirt_core.platforms import VM
    from convirt_core.plugins import Plugins
    from convirt_core.services.listed import ListedVM
    from convirt_core.services.servers import Server, Servers
    from convirt_core.services.tasks import TaskHandle, Tasks
    from convirt_core.store import Store

_logger = logging.getLogger("convirt.lifecycle")

_NEVER_FORCED = frozenset({"vm-state"})
"""Findings of a state in which the operation itself is refused: their sentences say what to do first."""


@frozen
class Attempt:
    """One change that may be made now: the VM is held, and nobody minds.

    :param vm: as it is before
    """

    server: Server
    ref: VMRef
    vm: VM
    handle: TaskHandle


class Guard:
    """Lets changes through, one at a time for each VM."""

    def __init__(self, store: Store, plugins: Plugins, servers: Servers, tasks: Tasks) -> None:
        self.store = store
        self.plugins = plugins
        self.servers = servers
        self.tasks = tasks

    def change(
        self,
        vm: ListedVM,
        capabilities: Sequence[Capability],
        title: str,
        work: Callable[[Attempt], str],
        *,
        arguments: Mapping[str, object] | None = None,
        force: bool = False,
    ) -> str:
        """Do `work` as a task that holds the VM, with the hooks around it; return its sentence.

        The VM is looked at before the task begins, so that what is impossible leaves no task behind, and
        again when it is held.

        :param capabilities: what the change needs, all of it; each is shown to the hooks
        """
        server = self.servers.get(vm.ref.server)
        self.look(server, vm.ref.key, capabilities)

        def guarded(handle: TaskHandle) -> str:
            now = self.look(server, vm.ref.key, capabilities)
            requests = [
                OperationRequest(each, server.node, vm.ref, now.name, arguments or {}, handle.id)
                for each in capabilities
            ]
            return self.announced(requests, lambda: work(Attempt(server, vm.ref, now, handle)), force=force)

        kind = capabilities[0].value
        return self.tasks.run(title, kind, guarded, vms=(vm.ref,)).result

    def look(self, server: Server, key: str, capabilities: Iterable[Capability]) -> VM:
        """Return the VM as it is now. Raises `NotSupported` or `WrongState` if something cannot be done to it."""
        vm = server.look(lambda vnode: vnode.vm(key))
        refuse_impossible(vm, capabilities)
        return vm

    def announced(self, requests: Sequence[OperationRequest], work: Callable[[], str], *, force: bool) -> str:
        """Ask the hooks before `work`, and tell them its outcome.

        :raises ChecksFailed: if one minds and it is not forced
        """
        self._ask_before(requests, force=force)
        try:
            result = work()
        except BaseException as error:
            self._tell_after(requests, _outcome(error))
            raise
        self._tell_after(requests, Outcome("done"))
        return result

    def _ask_before(self, requests: Sequence[OperationRequest], *, force: bool) -> None:
        findings = [
            finding
            for request in requests
            for finding in self.plugins.findings(
                request.server.platform, VMMSpec.convirt_before_operation, operation=request
            )
        ]
        what = f"{requests[0].capability.words} of {requests[0].vm_name}"
        refuse_errors(findings, f"The checks refuse {what}", force=force)

    def _tell_after(self, requests: Sequence[OperationRequest], outcome: Outcome) -> None:
        for request in requests:
            answers = self.plugins.ask(
                request.server.platform, VMMSpec.convirt_after_operation, operation=request, outcome=outcome
            )
            for answer in answers:
                if answer.error is not None:
                    _logger.warning("%s did not hear of an outcome: %s", answer.plugin, answer.error)


def refuse_impossible(vm: VM, capabilities: Iterable[Capability]) -> None:
    """Raise `NotSupported` or `WrongState` if something cannot be done to a VM, as it was seen."""
    for capability in capabilities:
        if reason := vm.refusal(capability):
            kind = WrongState if reason.supported else NotSupported
            raise kind(reason.message, remedy=reason.remedy)


def refuse_errors(findings: Iterable[Finding], sentence: str, *, force: bool) -> None:
    """Raise `ChecksFailed` if there are errors among the findings, unless forced.

    :param sentence: what is refused, without a full stop
    """
    found = list(findings)
    errors = errors_in(found)
    for finding in found:
        if finding.severity is Severity.WARNING or (force and finding in errors):
            _logger.warning("%s %s", finding.message, finding.remedy)
    if errors and not force:
        messages = " ".join(error.message for error in errors)
        remedies = " ".join(dict.fromkeys(error.remedy for error in errors if error.remedy))  # of each, in their order
        raise ChecksFailed(f"{sentence}: {messages}", found, remedy=remedies or _way_out(errors))


def _way_out(errors: Iterable[Finding]) -> str:
    return "" if any(error.code in _NEVER_FORCED for error in errors) else "Do it anyway with --force."


def require(node: ManagedNode, capabilities: Iterable[Capability], capability: Capability) -> None:
    """Raise `NotSupported` if a server cannot do it."""
    if capability not in capabilities:
        raise NotSupported(f"{node.name} ({node.platform}) cannot do this: {capability}.")


def _outcome(error: BaseException) -> Outcome:
    status = "failed"
    if isinstance(error, (OutcomeUnknown, DeadlineExceeded)):
        status = "unknown"
    elif isinstance(error, Cancelled) or not isinstance(error, Exception):
        status = "cancelled"
    return Outcome(status, str(error))
