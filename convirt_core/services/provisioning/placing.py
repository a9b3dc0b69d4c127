"""Choosing the server for a new VM: all are asked at once, and one that hangs is only its own reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from attrs import evolve

from convirt_core.errors import AlreadyExists, ConvirtError, InvalidInput, ServerUnavailable
from convirt_core.hookspecs import VNodeSpec
from convirt_core.model import ChecksFailed, Finding, PlacementRequest, Severity, errors_in
from convirt_core.platforms import missing_networks
from convirt_core.services.listed import said_of
from convirt_core.services.provisioning.placement import Candidate, Placement
from convirt_core.services.provisioning.ranking import figures_of, ranked, reason_of
from convirt_core.services.servers import ask_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from convirt_core.model import ManagedNode, MetricSnapshot, Nic
    from convirt_core.platforms import VNode
    from convirt_core.plugins import Plugins
    from convirt_core.services.metrics import Metrics
    from convirt_core.services.servers import Servers

_UNAVAILABLE = "server-unavailable"
_NOT_CHECKED = "not-checked"
_NAME_TAKEN = "name-taken"
_INTERVAL_SECONDS = 1.0
"""Between the two looks of which the processor use is the difference."""

_LOOK_SECONDS = 6.0
_CHECK_SECONDS = 20.0
"""Above what an extension may take."""


class Placing:
    """Chooses among servers.

    :param metrics: says how much a server has to do
    """

    def __init__(self, plugins: Plugins, servers: Servers, metrics: Metrics) -> None:
        self._plugins = plugins
        self._servers = servers
        self._metrics = metrics

    def choose(
        self,
        requests: Sequence[PlacementRequest],
        nics_on: Callable[[ManagedNode], Iterable[Nic]],
        *,
        force: bool = False,
    ) -> Placement:
        """Return the best server.

        :param requests: the same VM on each server that may have it, at least one
        :param nics_on: returns the VM's network cards, if it is on this server; may ask it, and is called in its worker
        :param force: although another server than the best one has a VM of its name
        :raises AlreadyExists: one of the servers has a VM of its name, and it is not forced
        :raises ServerUnavailable: none of them answers
        :raises InvalidInput: the VM cannot be defined, for the same reason on each that was left to check
        :raises ChecksFailed: something stands against each; the findings say what
        """
        asked = {request.server.id: request for request in requests}
        candidates = {each.server.id: each for each in self._looked_at(asked)}
        if not force:
            _refuse_second(requests[0].vm_name, candidates.values())
        fit = [each for each in candidates.values() if each.is_possible]
        for candidate in self._checked(asked, nics_on, fit):
            candidates[candidate.server.id] = candidate
        found = ranked(candidates.values())
        possible = [each for each in found if each.is_possible]
        if not possible:
            _refuse(requests[0].vm_name, found)
        return Placement(possible[0].server, reason_of(possible), tuple(found))

    def _looked_at(self, asked: Mapping[str, PlacementRequest]) -> Iterator[Candidate]:
        fit = []
        for request in asked.values():
            if request.server.platform == request.image.platform:
                fit.append(request.server)
            else:
                yield _of_other_platform(request)
        answers = self._metrics.fleet(fit, interval_seconds=_INTERVAL_SECONDS, deadline_seconds=_LOOK_SECONDS)
        for answer in answers:
            if answer.snapshot is not None:
                yield _candidate(asked[answer.node.id], answer.snapshot)
            elif answer.error is not None:
                yield Candidate(answer.node, findings=(_failed(answer.error),))

    def _checked(
        self,
        asked: Mapping[str, PlacementRequest],
        nics_on: Callable[[ManagedNode], Iterable[Nic]],
        candidates: Iterable[Candidate],
    ) -> Iterator[Candidate]:
        """Look for the VM's networks, and ask platform and extensions, of all candidates at the same time."""

        def check(vnode: VNode) -> Sequence[Finding]:
            node, hook = vnode.node, VNodeSpec.convirt_check_placement
            said = self._plugins.findings(node.platform, hook, request=asked[node.id])
            return [*missing_networks(nics_on(node), vnode), *said]

        waiting = {each.server.id: each for each in candidates}
        servers = [self._servers.of(each.server) for each in waiting.values()]
        answers = list(ask_all(servers, check, deadline_seconds=_CHECK_SECONDS))
        _refuse_invalid([answer for _, answer in answers])
        for server, answer in answers:
            findings = [_failed(answer)] if isinstance(answer, ConvirtError) else answer
            yield evolve(waiting[server.node.id], findings=tuple(findings))


def _candidate(request: PlacementRequest, snapshot: MetricSnapshot) -> Candidate:
    figures = figures_of(snapshot, request.vcpus)
    findings = []
    if any(vm.name == request.vm_name for vm in snapshot.vms):
        findings.append(_error(_NAME_TAKEN, "Name", f"There is a VM {request.vm_name} already."))
    free = figures.memory_free_bytes
    if free is not None and free < request.memory_bytes:
        words = f"{free >> 20} MiB of memory are free, and {request.memory_bytes >> 20} MiB are needed."
        findings.append(_error("memory-short", "Memory", words))
    return Candidate(request.server, figures, tuple(findings))


def _refuse_second(vm_name: str, candidates: Iterable[Candidate]) -> None:
    for each in candidates:
        if any(finding.code == _NAME_TAKEN for finding in each.findings):
            raise AlreadyExists(
                f"There is a VM {vm_name} on {each.server.name} already.",
                remedy="Choose another name, or make a second VM of this one with --force.",
            )


def _of_other_platform(request: PlacementRequest) -> Candidate:
    words = f"It runs {request.server.platform}, and the image is for {request.image.platform}."
    return Candidate(request.server, findings=(_error("other-platform", "Platform", words),))


def _refuse_invalid(answers: Sequence[object]) -> None:
    """Raise the `InvalidInput` that all answers are: no server can mend it."""
    invalid = [answer for answer in answers if isinstance(answer, InvalidInput)]
    if invalid and len(invalid) == len(answers) and len({error.message for error in invalid}) == 1:
        raise invalid[0]


def _failed(error: ConvirtError) -> Finding:
    """Return why a server was not looked at to the end: it does not answer, or it answers that something is wrong."""
    if isinstance(error, ServerUnavailable):
        return Finding(_UNAVAILABLE, "Connection", Severity.ERROR, error.message, error.remedy)
    return Finding(_NOT_CHECKED, "Check", Severity.ERROR, error.message, error.remedy)


def _error(code: str, category: str, message: str) -> Finding:
    return Finding(code, category, Severity.ERROR, message)


def _refuse(vm_name: str, candidates: Sequence[Candidate]) -> NoReturn:
    """Raise with each server's reasons in one sentence."""
    errors = [(each.server, finding) for each in candidates for finding in errors_in(each.findings)]
    reasons = "; ".join(said_of(node, finding.message.rstrip(".")) for node, finding in errors)
    message = f"No server can have {vm_name}: {reasons}."
    if all(finding.code == _UNAVAILABLE for _, finding in errors):
        raise ServerUnavailable(message, remedy="Look at the servers: convirt server connect.")
    named = [evolve(finding, message=said_of(node, finding.message)) for node, finding in errors]
    raise ChecksFailed(message, named, remedy="Change that on one of them, or name a server with --server and --force.")
