"""Which of several servers has the least to do."""

from typing import TYPE_CHECKING, Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from convirt_core.model import Finding, ManagedNode, MetricSnapshot, Severity, VMMetrics, VMState
from convirt_core.services.provisioning import Candidate, Figures
from convirt_core.services.provisioning.ranking import ALIKE_PERCENT, figures_of, ranked, reason_of

if TYPE_CHECKING:
    from collections.abc import Sequence

ALIKE = Figures(cpu_percent=20.0, memory_percent=50.0, vcpu_ratio=1.0, vm_count=4, memory_free_bytes=4 << 30)


def candidate(name: str, figures: Figures = ALIKE, *findings: Finding) -> Candidate:
    return Candidate(ManagedNode(name, name, "toy"), figures, findings)


def names(candidates: "Sequence[Candidate]") -> list[str]:
    return [each.server.name for each in candidates]


@pytest.mark.parametrize(
    ("better", "most"),
    [
        ({"cpu_percent": 3.0}, "least processor use (3 %; a: 20 %)"),
        ({"memory_percent": 30.0}, "least memory use (30 %; a: 50 %)"),
        ({"vcpu_ratio": 0.5}, "fewest virtual processors for each of its own (0.50; a: 1.00)"),
        ({"vm_count": 3}, "fewest VMs (3; a: 4)"),
        ({"memory_free_bytes": 5 << 30}, "most free memory (5120 MiB; a: 4096 MiB)"),
    ],
)
def test_each_figure_decides_where_those_before_it_are_alike(better: dict[str, Any], most: str) -> None:
    found = ranked([candidate("a"), candidate("b", evolve(ALIKE, **better))])
    assert names(found) == ["b", "a"]
    assert reason_of(found) == f"b is chosen: it has the {most}."


def test_a_figure_counts_more_than_all_behind_it() -> None:
    idle_but_full = Figures(0.0, 99.0, 9.0, 99, 1 << 20)
    assert names(ranked([candidate("a"), candidate("b", idle_but_full)])) == ["b", "a"]


@pytest.mark.parametrize("cpu_percent", [21.3, 24.9])
def test_servers_that_are_idle_alike_are_not_told_apart_by_chance(cpu_percent: float) -> None:
    less_memory = evolve(ALIKE, cpu_percent=cpu_percent, memory_percent=10.0)
    assert names(ranked([candidate("a"), candidate("b", less_memory)])) == ["b", "a"]


def test_servers_that_are_alike_in_all_are_taken_by_name() -> None:
    found = ranked([candidate("b"), candidate("a")])
    assert names(found) == ["a", "b"]
    assert reason_of(found) == "a is chosen: b has as much to do, and is behind it by name."


@pytest.mark.parametrize("unknown", ["cpu_percent", "memory_percent", "vcpu_ratio", "vm_count", "memory_free_bytes"])
def test_what_a_server_does_not_say_counts_as_the_most(unknown: str) -> None:
    silent = evolve(ALIKE, **{unknown: None})
    assert names(ranked([candidate("a", silent), candidate("b")])) == ["b", "a"]


def test_a_server_with_an_error_comes_last_whatever_its_figures() -> None:
    error = Finding("full", "Memory", Severity.ERROR, "It is full.")
    found = ranked([candidate("b", Figures(0.0, 0.0, 0.0, 0, 1 << 40), error), candidate("c"), candidate("a")])
    assert names(found) == ["a", "c", "b"]


def test_a_warning_excludes_nobody() -> None:
    warning = Finding("old", "Age", Severity.WARNING, "It is old.")
    assert candidate("a", ALIKE, warning).is_possible


def test_the_only_one_is_chosen_for_being_so() -> None:
    assert reason_of([candidate("a")]) == "a is chosen: it is the only one that can have the VM."


figures = st.builds(
    Figures,
    cpu_percent=st.none() | st.floats(0, 100),
    memory_percent=st.none() | st.floats(0, 100),
    vcpu_ratio=st.none() | st.floats(0, 50),
    vm_count=st.none() | st.integers(0, 500),
    memory_free_bytes=st.none() | st.integers(0, 1 << 45),
)


@given(st.lists(figures, min_size=1, max_size=6), st.randoms())
def test_the_order_in_which_servers_answer_changes_nothing(many: "list[Figures]", chance: Any) -> None:
    candidates = [candidate(f"s{number}", each) for number, each in enumerate(many)]
    shuffled = list(candidates)
    chance.shuffle(shuffled)
    assert ranked(shuffled) == ranked(candidates)
    assert reason_of(ranked(candidates)).startswith(ranked(candidates)[0].server.name)


@given(st.lists(figures, min_size=1, max_size=6))
def test_nobody_is_chosen_who_is_clearly_busier_than_another(many: "list[Figures]") -> None:
    best = ranked(candidate(f"s{number}", each) for number, each in enumerate(many))[0].figures.cpu_percent
    known = [each.cpu_percent for each in many if each.cpu_percent is not None]
    assert best is None if not known else best is not None and best <= min(known) + ALIKE_PERCENT


def test_only_vms_that_run_take_processors_and_the_new_one_does() -> None:
    vms = [VMMetrics("a", "a", VMState.RUNNING, vcpus=3), VMMetrics("b", "b", VMState.STOPPED, vcpus=16)]
    found = figures_of(MetricSnapshot(0.0, 4, 8 << 30, 2 << 30, 12.5, vms), vcpus=1)
    assert found == Figures(12.5, 75.0, 1.0, 2, 2 << 30)


def test_a_hypervisor_that_does_not_count_memory_leaves_it_open() -> None:
    found = figures_of(MetricSnapshot(0.0, 0, 8 << 30), vcpus=1)
    assert (found.memory_percent, found.memory_free_bytes, found.vcpu_ratio) == (None, None, None)
