"""What a choice of a server comes to: every candidate with its figures, and why it was taken or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.model import errors_in

if TYPE_CHECKING:
    from convirt_core.model import Finding, ManagedNode


@frozen
class Figures:
    """How much a server has to do. What it does not say is None, and counts as the most.

    :param cpu_percent: of all its processors, in use
    :param memory_percent: in use
    :param vcpu_ratio: virtual processors for each of its own, those of the new VM included
    :param vm_count: those that do not run too
    """

    cpu_percent: float | None = None
    memory_percent: float | None = None
    vcpu_ratio: float | None = None
    vm_count: int | None = None
    memory_free_bytes: int | None = None


@frozen
class Candidate:
    """One server of those that were asked.

    :param figures: it says nothing where it was not asked, or did not answer
    :param findings: of severity error: why it was not taken; others: what to know of it
    """

    server: ManagedNode
    figures: Figures = Figures()
    findings: tuple[Finding, ...] = ()

    @property
    def is_possible(self) -> bool:
        """Whether nothing stands against it."""
        return not errors_in(self.findings)


@frozen
class Placement:
    """The server that was chosen.

    :param reason: one sentence
    :param candidates: all that were asked: the best first, then those that cannot be, by name
    """

    server: ManagedNode
    reason: str
    candidates: tuple[Candidate, ...]
