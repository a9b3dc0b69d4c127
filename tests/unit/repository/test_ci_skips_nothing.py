"""A machine that cannot run the integration tests leaves them out; CI must not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(("ci", "code", "word"), [("", 0, "skipped"), ("true", 1, "CI must not skip")])
def test_without_the_tools_integration_tests_are_skipped_but_fail_in_ci(ci: str, code: int, word: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "tests/integration/labs"],
        cwd=ROOT,
        env={**os.environ, "CI": ci, "PATH": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert word in ran.stdout
