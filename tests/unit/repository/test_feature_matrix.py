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

    def make(platform: str, reasons: dict[str, str] | None = None, seconds: float = 60.0, **verdicts: str) -> str:
        path = tmp_path / f"{platform}.json"
        found = {"capabilities": verdicts, "reasons": reasons or {}, "tests": {}, "seconds": seconds}
        path.write_text(json.dumps({platform: found}))
        return str(path)

    return make


def test_the_page_has_a_row_for_each_capability_and_a_column_for_each_platform(tool, report):
    reports = [report("xen", start="passed", save="not declared"), report("kvm", start="passed", save="passed")]
    assert tool.main(["--write", *reports]) == 0
    text = tool.page_path.read_text()
    assert "| capability | kvm | xen |" in text
    assert "| `start` | yes | yes |" in text
    assert "| `save` | yes | - |" in text


@pytest.mark.parametrize("verdict", ["definition only", "not run here"])
def test_what_was_not_run_is_never_said_to_work_and_has_its_reason(tool, report, verdict):
    tool.main(["--write", report("xen", {"start": "there is one lab"}, start=verdict)])
    assert f"| `start` | {verdict} |" in tool.page_path.read_text()
    assert "- `xen`, `start`: there is one lab." in tool.page_path.read_text()


def test_a_page_as_the_tests_have_shown_is_right(tool, report):
    reports = [report("kvm", start="passed")]
    tool.main(["--write", *reports])
    assert tool.main(reports) == 0


def test_a_page_that_promises_what_no_test_has_shown_is_wrong_and_stays(tool, report, capsys):
    tool.main(["--write", report("kvm", start="passed")])
    before = tool.page_path.read_text()
    assert tool.main([report("kvm", start="not declared")]) == 1
    assert "platforms.md is not what the tests have shown: run nox -s matrix -- --write." in capsys.readouterr().out
    assert tool.page_path.read_text() == before


@pytest.mark.parametrize("verdict", ["failed", "declared, untested"])
def test_a_capability_that_was_not_seen_to_work_is_wrong_and_not_written(tool, report, capsys, verdict):
    assert tool.main(["--write", report("kvm", start=verdict)]) == 1
    assert f"kvm: start is {verdict}." in capsys.readouterr().out
    assert not tool.page_path.exists()


def test_a_platform_that_was_not_tested_stays_on_the_page(tool, report, capsys):
    tool.main(["--write", report("kvm", start="passed"), report("test", start="passed")])
    before = tool.page_path.read_text()
    (Path(report("kvm", start="passed"))).unlink()
    assert tool.main(["--write", report("test", start="passed")]) == 1
    assert "kvm: there is no report: run nox -s conformance-kvm." in capsys.readouterr().out
    assert tool.page_path.read_text() == before


def test_without_any_report_there_is_a_sentence_and_no_traceback(tool, capsys):
    assert tool.main([]) == 1
    assert "There is no report of any platform." in capsys.readouterr().out


@pytest.mark.parametrize("lacking", ["capabilities", "reasons", "seconds"])
def test_a_report_of_an_older_version_is_told_by_its_name(tool, report, capsys, lacking):
    path = Path(report("kvm", start="passed"))
    found = json.loads(path.read_text())
    del found["kvm"][lacking]
    path.write_text(json.dumps(found))
    assert tool.main(["--write", str(path), report("test", start="passed")]) == 1
    assert capsys.readouterr().out == f"{path} is of another version: run its session again.\n"
    assert not tool.page_path.exists()


def test_a_report_that_lacks_a_capability_is_of_an_older_version(tool, report, capsys):
    older = report("kvm", start="passed")
    assert tool.main([older, report("test", start="passed", save="passed")]) == 1
    assert capsys.readouterr().out == f"{older} is of another version: run its session again.\n"


def test_the_times_of_the_platforms_are_told(tool, report, capsys):
    assert tool.main(["--write", report("kvm", seconds=201.4, start="passed"), report("test", start="passed")]) == 0
    assert "The tests took: kvm 201 s, test 60 s." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("kvm_seconds", "xen_seconds", "said"),
    [
        (60, 721, "xen: the tests took 12.0 minutes, and may take 12."),
        (600, 630, "The tests took 20.5 minutes together, and may take 20."),
    ],
)
def test_tests_that_take_too_long_are_wrong(tool, report, capsys, kvm_seconds, xen_seconds, said):
    reports = [report("kvm", seconds=kvm_seconds, start="passed"), report("xen", seconds=xen_seconds, start="passed")]
    assert tool.main(["--write", *reports]) == 1
    assert capsys.readouterr().out.endswith(f"{said}\n")
    assert tool.page_path.exists()


def test_tests_that_take_as_long_as_they_may_are_right(tool, report):
    assert (
        tool.main(["--write", report("kvm", seconds=480, start="passed"), report("xen", seconds=720, start="passed")])
        == 0
    )
