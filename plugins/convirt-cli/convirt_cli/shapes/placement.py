"""Which server of a pool was chosen for a new VM, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import asdict

from convirt_cli.parts import Table
from convirt_cli.shapes import findings, under
from convirt_cli.shapes.amounts import mebibytes_text, percent_text

if TYPE_CHECKING:
    from convirt_cli.parts import Cell
    from convirt_core.services.provisioning.placement import Candidate, Placement

KEYS = {
    "server": "name of the one that was chosen",
    "reason": "why, in one sentence",
    "candidates[].server": "name of a server of the pool: the best first, then those that cannot have the VM",
    "candidates[].possible": "whether it could have it",
    "candidates[].cpu_percent": "of all its processors, in use; here and below null: not known",
    "candidates[].memory_percent": "in use",
    "candidates[].vcpu_ratio": "virtual processors for each of its own, with the new VM's",
    "candidates[].vm_count": "those that do not run too",
    "candidates[].memory_free_bytes": "for VMs",
    **under("candidates[].findings[]", findings.KEYS),
}


def as_data(placement: Placement) -> dict[str, object]:
    """Return what `KEYS` says."""
    return {
        "server": placement.server.name,
        "reason": placement.reason,
        "candidates": [
            {
                "server": each.server.name,
                "possible": each.is_possible,
                **asdict(each.figures),
                "findings": [findings.as_data(finding) for finding in each.findings],
            }
            for each in placement.candidates
        ],
    }


def table(placement: Placement) -> Table:
    """Return the candidates as rows, with what is to be said of each."""
    headings = ("server", "cpu", "memory", "vcpu ratio", "vms", "free", "remarks")
    return Table(headings, [_row(each) for each in placement.candidates], frozenset(range(1, 6)))


def _row(candidate: Candidate) -> tuple[Cell, ...]:
    figures = candidate.figures
    return (
        candidate.server.name,
        percent_text(figures.cpu_percent),
        percent_text(figures.memory_percent),
        None if figures.vcpu_ratio is None else f"{figures.vcpu_ratio:.2f}",
        figures.vm_count,
        mebibytes_text(figures.memory_free_bytes),
        " ".join(f"{finding.severity.value}: {finding.message}" for finding in candidate.findings),
    )
