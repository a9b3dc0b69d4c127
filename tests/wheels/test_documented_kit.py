"""A plugin author who has nothing but our wheels and a page of the documentation tests a platform.

Run by `nox -s build`, which builds the wheels and names their folder in WHEELS.
"""

from __future__ import annotations

import json
import os
import subprocess

from labs.documented import ROOT, files, shown, squeezed

PAGE = ROOT / "docs" / "testing-a-platform.md"


def test_the_page_about_the_kit_does_what_it_shows(tmp_path):
    for name, text in files(PAGE).items():
        (tmp_path / name).write_text(text)
    clean = {"HOME": str(tmp_path), "PIP_FIND_LINKS": os.environ["WHEELS"]}
    for step in shown(PAGE, "wheels"):
        ran = subprocess.run(
            step.command, shell=True, cwd=tmp_path, env=os.environ | clean, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, f"$ {step.command}\n{ran.stdout[-4000:]}{ran.stderr[-2000:]}"
        printed = [squeezed(line) for line in ran.stdout.splitlines()]
        assert [line for line in step.lines if squeezed(line) not in printed] == []
    verdicts = json.loads((tmp_path / "invented.json").read_text())["test"]["capabilities"]
    assert set(verdicts.values()) == {"passed", "not declared"}
