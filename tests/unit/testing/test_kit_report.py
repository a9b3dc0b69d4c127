"""Where the conformance kit's report goes: it is never that of another run."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT_A_LAB = """
from convirt_core.testing import PlatformContract

class TestNothing(PlatformContract):
    pass
"""


def pytest_over(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a platform whose author has written no lab, with one test chosen."""
    (folder / "test_nothing.py").write_text(WITHOUT_A_LAB)
    chosen = ["-p", "no:cacheprovider", "-k", "says_what_it_is", "--convirt-report=report.json", *options]
    command = [sys.executable, "-m", "pytest", *chosen, "test_nothing.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_run_without_a_lab_leaves_no_older_report_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("of yesterday")
    ran = pytest_over(tmp_path)
    assert ran.returncode == 1
    assert "report.json is not written: no lab of a platform was there." in ran.stdout
    assert not (tmp_path / "report.json").exists()


@pytest.mark.parametrize(("place", "why"), [("nosuch/x.json", "No such file or directory"), (".", "Is a directory")])
def test_a_report_that_cannot_be_written_is_told_before_the_tests(tmp_path: Path, place: str, why: str) -> None:
    ran = pytest_over(tmp_path, f"--convirt-report={place}")
    assert ran.returncode == 4
    assert ran.stderr.strip() == f"ERROR: --convirt-report: {place} cannot be written: {why}"
    assert "collected" not in ran.stdout


def test_a_report_of_several_processes_is_refused(tmp_path: Path) -> None:
    ran = pytest_over(tmp_path, "-n", "2")
    assert ran.returncode == 4
    assert "leave -n away" in ran.stderr
