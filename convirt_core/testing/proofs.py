"""Which test proves which capability, and how that ended."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import pytest
from attrs import define, field

from convirt_core.testing.marks import LAST, PROVES, REFUSES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convirt_core.model import Capability

AFTER_ALL_OTHERS: pytest.MarkDecorator = getattr(pytest.mark, LAST)
"""On a test that looks at the other tests of its class."""


class Verdict(StrEnum):
    """What is known of one capability of one platform. The worst of several tests counts.

    In the order in which one counts where two runs say something else of the same platform.
    """

    FAILED = "failed"
    PASSED = "passed"
    DEFINITION_ONLY = "definition only"
    NOT_HERE = "not run here"
    UNTESTED = "declared, untested"
    NOT_DECLARED = "not declared"


def proves(*capabilities: Capability) -> pytest.MarkDecorator:
    """Mark a test as what sees capabilities done. It is skipped where one of them is not declared."""
    return getattr(pytest.mark, PROVES)(*capabilities)  # type: ignore[no-any-return]


def refuses(*capabilities: Capability) -> pytest.MarkDecorator:
    """Mark a test as what sees capabilities refused or bounded: it can fail them, and never pass them.

    It is skipped likewise.
    """
    return getattr(pytest.mark, REFUSES)(*capabilities)  # type: ignore[no-any-return]


@define
class Ledger:
    """What the tests of one platform have shown.

    :param declared: what its server says that it can do; None: it was never reached, and so all has failed
    :param definition_only: what this machine cannot run, with the reason
    :param not_here: what this lab does not run, and another does, with the reason
    :param unseen: what the lab could not look at, see `Workbench`
    :param outcomes: of each test that has run, `passed`, `failed` or `skipped`
    :param proofs: of a capability, the tests that see it done
    :param bounds: likewise those that see it refused or bounded
    """

    platform: str
    declared: frozenset[Capability] | None = None
    definition_only: dict[Capability, str] = field(factory=dict)
    not_here: dict[Capability, str] = field(factory=dict)
    unseen: set[str] = field(factory=set)
    outcomes: dict[str, str] = field(factory=dict)
    proofs: dict[Capability, set[str]] = field(factory=dict)
    bounds: dict[Capability, set[str]] = field(factory=dict)
    seconds: float = 0.0

    def note(
        self, test: str, outcome: str, *, proves: Iterable[Capability] = (), refuses: Iterable[Capability] = ()
    ) -> None:
        """Write down how a phase of a test ended; a failure of any of its phases is the test's."""
        if self.outcomes.get(test) != "failed":
            self.outcomes[test] = outcome
        for tests, capabilities in ((self.proofs, proves), (self.bounds, refuses)):
            for capability in capabilities:
                tests.setdefault(capability, set()).add(test)

    def verdict(self, capability: Capability) -> Verdict:
        """Return what is known of a capability."""
        if self.declared is None:
            return Verdict.FAILED
        if capability not in self.declared:
            return Verdict.NOT_DECLARED
        proofs, bounds = (self._outcomes(tests.get(capability, set())) for tests in (self.proofs, self.bounds))
        if "failed" in proofs | bounds:
            return Verdict.FAILED
        if capability in self.definition_only:
            return Verdict.DEFINITION_ONLY
        if capability in self.not_here:
            return Verdict.NOT_HERE
        return Verdict.PASSED if "passed" in proofs else Verdict.UNTESTED

    def _outcomes(self, tests: set[str]) -> set[str]:
        return {self.outcomes[test] for test in tests}
