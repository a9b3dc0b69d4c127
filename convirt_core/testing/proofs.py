"""Which test proves which capability, and how that ended."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import pytest
from attrs import define, field

if TYPE_CHECKING:
    from convirt_core.model import Capability

MARK = "convirt_proves"


class Verdict(StrEnum):
    """What is known of one capability of one platform. The worst of several tests counts."""

    FAILED = "failed"
    UNTESTED = "declared, untested"
    DEFINITION_ONLY = "definition only"
    PASSED = "passed"
    NOT_DECLARED = "not declared"


def proves(*capabilities: Capability) -> pytest.MarkDecorator:
    """Mark a test as what proves capabilities. It is skipped where one of them is not declared."""
    return getattr(pytest.mark, MARK)(*capabilities)  # type: ignore[no-any-return]


@define
class Ledger:
    """What the tests of one platform have shown.

    :param declared: what its server says that it can do
    :param definition_only: what this machine cannot run, with the reason
    :param outcomes: of each test that has run, `passed`, `failed` or `skipped`
    :param proofs: the tests of a capability
    """

    platform: str
    declared: frozenset[Capability] = frozenset()
    definition_only: dict[Capability, str] = field(factory=dict)
    outcomes: dict[str, str] = field(factory=dict)
    proofs: dict[Capability, list[str]] = field(factory=dict)
    seconds: float = 0.0

    def note(self, test: str, outcome: str, capabilities: tuple[Capability, ...]) -> None:
        """Write down how a phase of a test ended; a failure of any of its phases is the test's."""
        if self.outcomes.get(test) != "failed":
            self.outcomes[test] = outcome
        for capability in capabilities:
            if test not in self.proofs.setdefault(capability, []):
                self.proofs[capability].append(test)

    def verdict(self, capability: Capability) -> Verdict:
        """Return what is known of a capability."""
        if capability not in self.declared:
            return Verdict.NOT_DECLARED
        outcomes = {self.outcomes[test] for test in self.proofs.get(capability, ())}
        if "failed" in outcomes:
            return Verdict.FAILED
        if capability in self.definition_only:
            return Verdict.DEFINITION_ONLY
        return Verdict.PASSED if "passed" in outcomes else Verdict.UNTESTED
