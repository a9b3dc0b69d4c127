"""The checks of a migration as a list: each has a name of its own, and a test that makes it fail for real."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from labs.failing_checks.ways import way_to_fail

from convirt_core.errors import ServerUnavailable
from convirt_core.model import Finding, MigrationOptions, Severity
from convirt_core.platforms import CommandResult
from convirt_core.remote.local import LocalProxy
from convirt_core.services.migration import CHECKS, Check
from convirt_core.services.migration.checks.check import check, findings_of
from convirt_core.services.migration.checks.surroundings import clock_skew, data_way_unproved, way_blocked
from convirt_core.services.migration.inquiry import Inquiry

PAGE = Path(__file__).parents[3] / "docs" / "migration.md"


def test_each_check_has_a_code_of_its_own() -> None:
    assert [code for code, count in Counter(check.code for check in CHECKS).items() if count > 1] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_each_check_is_made_to_fail_for_real(check: Check) -> None:
    assert way_to_fail(check).__name__ == check.code.replace("-", "_")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_each_check_says_what_to_do_about_it(check: Check) -> None:
    assert check.remedy or check.code == "vm-state"  # its remedy depends on the state


def test_a_check_that_could_not_look_is_no_check_that_found_something() -> None:
    @check("disk-lost", "Disk", Severity.WARNING)
    def disk_lost(_: Inquiry) -> Iterator[str]:
        raise ServerUnavailable("h1 does not answer.", remedy="Look at it.")
        yield "It is lost."

    inquiry: Any = None
    assert disk_lost.findings(inquiry) == [
        Finding(
            "unchecked", "Disk", Severity.ERROR, "disk-lost could not be checked: h1 does not answer.", "Look at it."
        )
    ]


@pytest.mark.parametrize(
    ("date", "is_told"),
    [
        ("date +%s.%N", False),
        ("echo $(( $(date +%s) + 9 )).5", True),
        ("echo $(( $(date +%s) - 9 )).5", True),
        ("date +%s", False),  # busybox's, which knows no fractions
        ("echo $(( $(date +%s) + 2 ))", False),  # looks like up to 2.5 s with what it hides
        ("echo $(( $(date +%s) + 9 ))", True),
    ],
)
def test_clocks_that_surely_differ_are_told(tmp_path: Path, date: str, is_told: bool) -> None:
    class Other(LocalProxy):
        """A server whose `date` is another."""

        def run(self, argv: Sequence[str], **settings: Any) -> CommandResult:
            path = f"{tmp_path}:{os.environ['PATH']}"
            return super().run(argv, environment={"PATH": path}, **settings)

    fake = tmp_path / "date"
    fake.write_text(f"#!/bin/sh\nPATH={os.environ['PATH']}\n{date}\n")
    fake.chmod(0o755)
    ask: Any = SimpleNamespace(
        source=SimpleNamespace(proxy=LocalProxy()),
        destination=SimpleNamespace(proxy=Other()),
        here="host1",
        there="host2",
    )
    assert bool(clock_skew.findings(ask)) is is_told


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (MigrationOptions(live=True), {"way-blocked": Severity.ERROR}),
        (MigrationOptions(live=True, direct=True), {"data-way-unproved": Severity.WARNING}),
        (MigrationOptions(live=False), {}),
    ],
    ids=["peer to peer", "direct", "of a definition"],
)
def test_a_way_is_refused_only_where_it_is_known_to_be_shut(
    options: MigrationOptions, found: dict[str, Severity]
) -> None:
    ask: Any = SimpleNamespace(options=options, way_refusal="h1 does not reach h2.")
    findings = findings_of([way_blocked, data_way_unproved], ask)
    assert {finding.code: finding.severity for finding in findings} == found


def test_each_check_is_documented_in_the_order_it_is_asked() -> None:
    listed = re.findall(r"^\| `([a-z-]+)` \| (.+?) \| (error|warning) \|", PAGE.read_text(), re.MULTILINE)
    assert listed == [(check.code, check.category, check.severity.value) for check in CHECKS]
