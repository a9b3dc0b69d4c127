"""That nothing which the platform declares was left untried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from convirt_core.testing.proofs import AFTER_ALL_OTHERS, Verdict

if TYPE_CHECKING:
    from convirt_core.testing.proofs import Ledger
    from convirt_core.testing.workbench import Workbench


class Completeness:
    """Comes after all others."""

    @AFTER_ALL_OTHERS
    def test_every_declared_capability_was_tested(
        self, bench: Workbench, ledger: Ledger, request: pytest.FixtureRequest
    ) -> None:
        if request.config.invocation_params.args and _is_a_selection(request.config):
            pytest.skip("only some of the tests were chosen")
        untested = [each.value for each in sorted(bench.capabilities) if ledger.verdict(each) is Verdict.UNTESTED]
        assert untested == []


def _is_a_selection(config: pytest.Config) -> bool:
    chosen = config.getoption("keyword") or config.getoption("markexpr") or config.getoption("lf", default=False)
    return bool(chosen) or any("::" in word for word in config.invocation_params.args)
