"""The page about a lab says what the class says."""

from __future__ import annotations

import runpy
from pathlib import Path

TOOL = Path(__file__).parents[3] / "tools" / "lab_reference.py"


def test_the_page_is_written_from_the_class_as_it_is() -> None:
    made = runpy.run_path(str(TOOL), run_name="lab_reference")
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"](), "run: python tools/lab_reference.py"
