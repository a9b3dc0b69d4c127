"""Finding the platform on servers, and what a server lacks for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

import pytest

from convirt_core.hookspecs import PlatformSpec
from convirt_core.model import Finding, Severity, errors_in
from convirt_core.testing.bare_machine import BareMachine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.platforms import Detection, NodeProxy
    from convirt_core.testing.workbench import Workbench

_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_BARE = cast("NodeProxy", BareMachine())


class Detecting:
    """Whether a server runs the platform, and has all that it needs."""

    def test_the_platform_is_found_on_its_server(self, bench: Workbench) -> None:
        if bench.lab.is_invented:
            pytest.skip("the platform is on no server of its own")
        found = _detect(bench, bench.server.proxy)
        assert found is not None
        assert found.reason.strip()

    def test_the_platform_is_not_found_where_there_is_nothing(self, bench: Workbench) -> None:
        assert _detect(bench, _BARE) is None

    def test_the_server_lacks_nothing(self, bench: Workbench) -> None:
        findings = _check(bench, bench.server.proxy)
        assert findings
        assert [each.message for each in errors_in(findings)] == []

    def test_what_a_bare_machine_lacks_is_said(self, bench: Workbench) -> None:
        if bench.lab.is_invented:
            pytest.skip("the platform needs nothing")
        assert errors_in(_check(bench, _BARE))

    def test_a_finding_has_a_code_a_category_and_a_sentence(self, bench: Workbench) -> None:
        for finding in (*_check(bench, bench.server.proxy), *_check(bench, _BARE)):
            assert _CODE.fullmatch(finding.code), finding
            assert finding.category.strip(), finding
            assert finding.message.endswith((".", "!", "?")), finding
            assert "\n" not in finding.message, finding

    def test_a_finding_that_asks_for_something_says_what_to_do(self, bench: Workbench) -> None:
        asking = [each for each in _check(bench, _BARE) if each.severity is not Severity.INFO]
        assert [each.message for each in asking if not each.remedy] == []


def _detect(bench: Workbench, proxy: NodeProxy) -> Detection | None:
    return bench.app.plugins.call(bench.node.platform, PlatformSpec.convirt_detect_platform, proxy=proxy)


def _check(bench: Workbench, proxy: NodeProxy) -> Sequence[Finding]:
    return bench.app.plugins.call(
        bench.node.platform, PlatformSpec.convirt_check_prerequisites, proxy=proxy, options=bench.node.options
    )
