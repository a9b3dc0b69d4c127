"""What the conformance kit makes of the outcomes of its tests."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from convirt_core.model import Capability
from convirt_core.testing.proofs import Ledger, Verdict
from convirt_core.testing.report import as_data, as_lines

START, KILL = Capability.START, Capability.KILL


@pytest.fixture
def ledger() -> Ledger:
    return Ledger("toy", declared=frozenset({START, KILL}))


def test_a_capability_is_passed_when_a_test_of_it_has(ledger: Ledger) -> None:
    ledger.note("one", "passed", proves=[START])
    ledger.note("two", "skipped", proves=[START])
    assert ledger.verdict(START) is Verdict.PASSED


def test_one_failure_of_several_tests_counts(ledger: Ledger) -> None:
    ledger.note("one", "passed", proves=[START])
    ledger.note("two", "failed", proves=[START])
    assert ledger.verdict(START) is Verdict.FAILED


def test_a_refusal_alone_passes_nothing(ledger: Ledger) -> None:
    ledger.note("one", "passed", refuses=[START])
    assert ledger.verdict(START) is Verdict.UNTESTED


def test_a_refusal_that_is_missing_fails_what_was_seen_done(ledger: Ledger) -> None:
    ledger.note("one", "passed", proves=[START])
    ledger.note("two", "failed", refuses=[START])
    assert ledger.verdict(START) is Verdict.FAILED


def test_a_test_that_fails_while_it_cleans_up_has_failed(ledger: Ledger) -> None:
    ledger.note("one", "failed", proves=[START])
    ledger.note("one", "passed", proves=[START])
    assert ledger.verdict(START) is Verdict.FAILED


@pytest.mark.parametrize("outcome", [None, "skipped"])
def test_what_is_declared_and_was_not_seen_done_is_untested(ledger: Ledger, outcome: str | None) -> None:
    if outcome:
        ledger.note("one", outcome, proves=[START])
    assert ledger.verdict(START) is Verdict.UNTESTED


def test_what_the_lab_cannot_run_is_never_passed(ledger: Ledger) -> None:
    ledger.definition_only[START] = "no processor for it"
    ledger.note("one", "passed", proves=[START])
    assert ledger.verdict(START) is Verdict.DEFINITION_ONLY


def test_the_report_names_every_capability_for_people_and_for_programs(ledger: Ledger) -> None:
    ledger.note("one", "passed", proves=[START])
    lines = list(as_lines([ledger]))
    data = json.loads(json.dumps(as_data([ledger])))["toy"]
    assert set(data["capabilities"]) == set(Capability)
    assert (data["capabilities"]["start"], data["capabilities"]["kill"]) == ("passed", "declared, untested")
    assert [line.split(maxsplit=1) for line in lines if line.startswith("start ")] == [["start", "passed"]]
    assert lines[-1].startswith("toy: 1 passed, 0 failed, 0 skipped")


def test_the_plugin_costs_other_tests_nothing_but_pytest() -> None:
    script = (
        "import sys, pytest; before = set(sys.modules); import convirt_core.testing.plugin; "
        "print(*(set(sys.modules) - before))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in ran.stdout.split()} <= {"convirt_core"}
    assert not {"convirt_core.model", "convirt_core.services", "convirt_core.app"} & set(ran.stdout.split())


def test_a_server_that_was_never_reached_has_failed_in_all() -> None:
    assert {Ledger("toy").verdict(each) for each in Capability} == {Verdict.FAILED}


def test_what_another_lab_runs_is_not_run_here(ledger: Ledger) -> None:
    ledger.not_here[START] = "there is one server"
    assert ledger.verdict(START) is Verdict.NOT_HERE
    assert "toy: start not run here: there is one server" in as_lines([ledger])


def test_what_the_lab_does_not_see_is_said(ledger: Ledger) -> None:
    ledger.unseen.add("boots")
    assert "toy: boots: not seen by the lab, so the platform alone has said it" in as_lines([ledger])
    assert as_data([ledger])["toy"]["unseen"] == ["boots"]


def test_two_classes_of_one_platform_are_one_report(ledger: Ledger) -> None:
    other = Ledger("toy", declared=frozenset({START, KILL}), not_here={START: "there is one server"})
    other.note("two", "failed", proves=[KILL])
    ledger.note("one", "passed", proves=[START])
    ledger.note("two", "passed", proves=[KILL])
    told = as_data([ledger, other])["toy"]
    assert (told["capabilities"]["start"], told["capabilities"]["kill"]) == ("passed", "failed")
    assert (told["tests"], told["reasons"]) == ({"one": "passed", "two": "failed"}, {})
