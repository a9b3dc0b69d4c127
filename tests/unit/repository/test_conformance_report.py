"""Which runs of a platform's conformance tests leave a report, and which leave the last one as it is."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest

NOXFILE = Path(__file__).parents[3] / "noxfile.py"


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Runs a session with words of the command line; returns what pytest is told. There is a report already."""
    monkeypatch.setitem(sys.modules, "nox", MagicMock())
    report = runpy.run_path(str(NOXFILE))["report"]
    (tmp_path / "kvm.json").write_text("of yesterday")
    return lambda *words: report(SimpleNamespace(name="kvm", posargs=list(words)), tmp_path)


@pytest.mark.parametrize("words", [(), ("-x",), ("-v", "--maxfail=3")])
def test_a_run_of_all_tests_drops_the_last_report_and_writes_another(told, tmp_path, words):
    assert told(*words) == [f"--convirt-report={tmp_path / 'kvm.json'}", *words]
    assert not (tmp_path / "kvm.json").exists()


@pytest.mark.parametrize(
    "words", [("-k", "moves"), ("-kmoves",), ("-x", "--lf"), ("tests/conformance/test_platform_kvm.py::TestKVM",)]
)
def test_a_run_of_some_tests_leaves_the_report_of_all(told, tmp_path, words):
    assert told(*words) == list(words)
    assert (tmp_path / "kvm.json").exists()
