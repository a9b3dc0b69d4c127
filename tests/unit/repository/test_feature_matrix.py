"""The page of what platforms can do says what their conformance tests have shown, and nothing else."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

TOOL = Path(__file__).parents[3] / "tools" / "feature_matrix.py"


@pytest.fixture
def tool(tmp_path):
    """The tool, which writes its page somewhere else."""
    made = runpy.run_path(str(TOOL), run_name="feature_matrix")
    made["main"].__globals__["PAGE"] = tmp_path / "platforms.md"
    return SimpleNamespace(**made, page_path=tmp_path / "platforms.md")


@pytest.fixture
def report(tmp_path):
    """Makes the report of a platform."""

    def make(platform: str, definition_only: dict[str, str] | None = None, **verdicts: str) -> str:
        path = tmp_path / f"{platform}.json"
        path.write_text(
            json.dumps({platform: {"capabilities": verdicts, "definition_only": definition_only or {}, "tests": {}}})
        )
        return str(path)

    return make


def test_the_page_has_a_row_for_each_capability_and_a_column_for_each_platform(tool, report):
    tool.main([report("xen", start="passed", save="not declared"), report("kvm", start="passed", save="passed")])
    text = tool.page_path.read_text()
    assert "| capability | kvm | xen |" in text
    assert "| `start` | yes | yes |" in text
    assert "| `save` | yes | - |" in text


def test_what_was_only_defined_is_never_said_to_work_and_has_its_reason(tool, report):
    tool.main([report("xen", {"start": "there is one lab"}, start="definition only")])
    assert "| `start` | definition only |" in tool.page_path.read_text()
    assert "- `xen`, `start`: there is one lab." in tool.page_path.read_text()


def test_a_page_as_the_tests_have_shown_is_right(tool, report):
    reports = [report("kvm", start="passed")]
    tool.main(reports)
    assert tool.main(["--check", *reports]) == 0


def test_a_page_that_promises_what_no_test_has_shown_is_wrong(tool, report, capsys):
    tool.main([report("kvm", start="passed")])
    assert tool.main(["--check", report("kvm", start="not declared")]) == 1
    assert "platforms.md is not what the tests have shown: run nox -s matrix." in capsys.readouterr().out


@pytest.mark.parametrize("verdict", ["failed", "declared, untested"])
def test_a_capability_that_was_not_seen_to_work_is_wrong(tool, report, capsys, verdict):
    reports = [report("kvm", start=verdict)]
    tool.main(reports)
    assert tool.main(["--check", *reports]) == 1
    assert f"kvm: start is {verdict}." in capsys.readouterr().out
