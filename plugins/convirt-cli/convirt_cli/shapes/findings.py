"""What checks found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_cli.exit_codes import ExitCode
from convirt_cli.parts import Table
from convirt_core.model import Finding, errors_in

if TYPE_CHECKING:
    from collections.abc import Sequence

KEYS = {
    "code": "stable, for programs, such as `memory-short`",
    "category": "what was looked at",
    "severity": "`info` (well), `warning` or `error`",
    "message": "one sentence",
    "remedy": "what to do about it, or empty",
    "plugin": "who says so",
}


def as_data(finding: Finding) -> dict[str, str]:
    """Return what `KEYS` says."""
    return {
        "code": finding.code,
        "category": finding.category,
        "severity": finding.severity.value,
        "message": finding.message,
        "remedy": finding.remedy,
        "plugin": finding.plugin,
    }


def table(findings: Sequence[Finding]) -> Table:
    """Return findings as rows; the remedy stands behind the message."""
    rows = [
        (finding.severity.value, finding.category, f"{finding.message} {finding.remedy}".rstrip())
        for finding in findings
    ]
    return Table(("severity", "category", "finding"), rows)


def exit_code(findings: Sequence[Finding]) -> ExitCode:
    """Return how a command ends whose answer these findings are."""
    return ExitCode.REFUSED if errors_in(findings) else ExitCode.DONE
