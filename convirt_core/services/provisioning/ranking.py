"""Which of several servers is to have a new VM. Pure.

The rule is the original program's: the least processor use, then the least memory use, the fewest virtual
processors for each real one, the fewest VMs, the most free memory; the first by name where all that is alike.
Percentages that differ by a few points are alike: two idle servers differ by chance.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.services.provisioning.placement import Candidate, Figures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from convirt_core.model import MetricSnapshot

ALIKE_PERCENT = 5.0


@frozen
class _Criterion:
    """One thing by which servers are compared.

    :param load: how much a server has of it; less is better
    :param alike: loads that differ by no more are alike
    """

    most: str
    load: Callable[[Figures], float]
    text: Callable[[Figures], str]
    alike: float = 0.0


def figures_of(snapshot: MetricSnapshot, vcpus: int) -> Figures:
    """Return a server's figures.

    :param vcpus: of the VM that is to be placed
    """
    busy = vcpus + sum(vm.vcpus for vm in snapshot.vms if vm.state.is_resident)
    free, total = snapshot.memory_free_bytes, snapshot.memory_total_bytes
    return Figures(
        cpu_percent=snapshot.cpu_percent,
        memory_percent=None if free is None or not total else 100.0 * (1.0 - free / total),
        vcpu_ratio=busy / snapshot.cpus if snapshot.cpus else None,
        vm_count=len(snapshot.vms),
        memory_free_bytes=free,
    )


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the possible ones, the best first, and behind them the others by name."""
    by_name = sorted(candidates, key=lambda each: each.server.name)
    possible = [each for each in by_name if each.is_possible]
    found = []
    while possible:
        found.append(_best(possible))
        possible.remove(found[-1])
    return found + [each for each in by_name if not each.is_possible]


def reason_of(possible: Sequence[Candidate]) -> str:
    """Return in one sentence why the first of the ranked, possible candidates was taken."""
    best, *others = possible
    if not others:
        return f"{best.server.name} is chosen: it is the only one that can have the VM."
    other = others[0]
    for criterion in _CRITERIA:
        if criterion.load(other.figures) > criterion.load(best.figures) + criterion.alike:
            ours, theirs = criterion.text(best.figures), criterion.text(other.figures)
            return f"{best.server.name} is chosen: it has the {criterion.most} ({ours}; {other.server.name}: {theirs})."
    return f"{best.server.name} is chosen: {other.server.name} has as much to do, and is behind it by name."


def _best(candidates: Sequence[Candidate]) -> Candidate:
    """Return the one that is left when each criterion in turn has taken away those with more than the least."""
    left = list(candidates)
    for criterion in _CRITERIA:
        most = min(criterion.load(each.figures) for each in left) + criterion.alike
        left = [each for each in left if criterion.load(each.figures) <= most]
    return left[0]


def _or_most(amount: float | None) -> float:
    return math.inf if amount is None else amount


def _percent_text(percent: float | None) -> str:
    return "not known" if percent is None else f"{percent:.0f} %"


_CRITERIA = (
    _Criterion(
        "least processor use",
        lambda of: _or_most(of.cpu_percent),
        lambda of: _percent_text(of.cpu_percent),
        ALIKE_PERCENT,
    ),
    _Criterion(
        "least memory use",
        lambda of: _or_most(of.memory_percent),
        lambda of: _percent_text(of.memory_percent),
        ALIKE_PERCENT,
    ),
    _Criterion(
        "fewest virtual processors for each of its own",
        lambda of: _or_most(of.vcpu_ratio),
        lambda of: "not known" if of.vcpu_ratio is None else f"{of.vcpu_ratio:.2f}",
    ),
    _Criterion("fewest VMs", lambda of: _or_most(of.vm_count), lambda of: str(of.vm_count)),
    _Criterion(
        "most free memory",
        lambda of: -(of.memory_free_bytes or 0),
        lambda of: f"{(of.memory_free_bytes or 0) >> 20} MiB",
    ),
)
