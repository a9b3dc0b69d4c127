"""The page about a platform's objects says what the classes say."""

from __future__ import annotations

import runpy
from pathlib import Path

TOOL = Path(__file__).parents[3] / "tools" / "platform_reference.py"


def test_the_page_is_written_from_the_classes_as_they_are() -> None:
    made = runpy.run_path(str(TOOL), run_name="platform_reference")
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"](), "run: python tools/platform_reference.py"
