"""Each fault planted in the toy fails exactly the test that it is called after."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from labs.plain_toy.faults import FAULTS

TOY = Path(__file__).with_name("test_platform_toy.py")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_by_its_name(fault: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    options = ["-q", "-p", "no:cacheprovider", f"--convirt-report={report}"]
    command = [sys.executable, "-m", "pytest", *options, str(TOY)]
    ran = subprocess.run(
        command, env={**os.environ, "KIT_FAULT": fault}, capture_output=True, text=True, check=False, timeout=300
    )
    outcomes = json.loads(report.read_text())["toy"]["tests"]
    failed = {test.partition("[")[0] for test, outcome in outcomes.items() if outcome == "failed"}
    assert failed == {fault.partition(":")[0]}, ran.stdout[-4000:]
