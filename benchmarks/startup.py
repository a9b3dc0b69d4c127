"""`convirt --version` and `--help` against `python -c "import click"`."""

from __future__ import annotations

import sys
from pathlib import Path

from _side_by_side import command, ratio, report

convirt = Path(sys.executable).with_name("convirt")
bare = command([sys.executable, "-c", "import click"])
for option in ("--version", "--help"):
    measured = ratio(command([str(convirt), option]), bare)
    report(f"convirt {option} / python -c 'import click'", measured, 1.5)
