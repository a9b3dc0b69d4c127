"""What a check found, in words for a person and a code for a program."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable


class Severity(StrEnum):
    """How much a finding weighs."""

    INFO = "info"  # looked at, and well
    WARNING = "warning"  # a person is asked
    ERROR = "error"  # refuses, unless forced


@frozen
class Finding:
    """One result of one check.

    :param code: stable, for programs, such as `memory-short`; dashes, lower case
    :param category: what was looked at, such as `Memory`
    :param message: one sentence
    :param remedy: what to do about it; empty when nothing is to be done
    :param plugin: who says so, such as `extensions:quota`; filled in by the plugin layer
    """

    code: str
    category: str
    severity: Severity
    message: str
    remedy: str = ""
    plugin: str = ""


class ChecksFailed(Refused):
    """At least one finding of severity error stands against what was asked.

    :param findings: all of them, warnings too
    """

    def __init__(self, message: str, findings: Iterable[Finding] = (), *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.findings = tuple(findings)


def errors_in(findings: Iterable[Finding]) -> list[Finding]:
    """Those of severity error, in their order."""
    return [finding for finding in findings if finding.severity is Severity.ERROR]
