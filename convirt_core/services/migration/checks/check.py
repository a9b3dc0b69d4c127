"""What a check is, and asking it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.errors import ConvirtError
from convirt_core.model import Finding, Severity
from convirt_core.services.migration.inquiry import Inquiry

if TYPE_CHECKING:
    from collections.abc import Iterable

UNCHECKED = "unchecked"
"""Code of a finding that a check could not look."""

Look = Callable[[Inquiry], Iterator[str]]
"""Yields a sentence for each thing that stands against the migration."""


@frozen
class Check:
    """One check.

    :param code: stable, for programs
    :param is_gate: what comes after it cannot be checked when it fails
    """

    code: str
    category: str
    severity: Severity
    look: Look
    remedy: str = ""
    is_gate: bool = False

    def findings(self, inquiry: Inquiry) -> list[Finding]:
        """Return what was found; that it could not be looked at is an error too, with a code of its own."""
        try:
            return [Finding(self.code, self.category, self.severity, said, self.remedy) for said in self.look(inquiry)]
        except ConvirtError as error:
            message = f"{self.code} could not be checked: {error}"
            return [Finding(UNCHECKED, self.category, Severity.ERROR, message, error.remedy)]


def check(
    code: str, category: str, severity: Severity, *, remedy: str = "", is_gate: bool = False
) -> Callable[[Look], Check]:
    """Make a check of a function, which says what stands against the migration."""

    def make(look: Look) -> Check:
        return Check(code, category, severity, look, remedy, is_gate)

    return make


def findings_of(checks: Iterable[Check], inquiry: Inquiry) -> list[Finding]:
    """Ask the checks in their order, up to the first gate that is shut."""
    found: list[Finding] = []
    for one in checks:
        said = one.findings(inquiry)
        found += said
        if one.is_gate and said:
            break
    return found
