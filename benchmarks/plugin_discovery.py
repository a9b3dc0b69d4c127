"""Plugin discovery with 300 distributions against `importlib.metadata.entry_points()`, which reads the same files."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import sys
import tempfile
import time
from pathlib import Path

from _side_by_side import ratio, report

from convirt_core.plugins.discovery import discover
from convirt_core.plugins.remembered import RememberedDiscovery

DISTRIBUTIONS = 300
PLUGINS = 10


def install(folder: Path, number: int) -> None:
    """Write the metadata of one distribution: of each thirty, one has a platform, the others a script or nothing."""
    info = folder / f"sample_{number}-1.0.dist-info"
    info.mkdir()
    requires = "Requires-Dist: convirt-core>=0.1\nRequires-Dist: attrs>=24\n"
    description = "A sentence of a description.\n" * 100
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.4\nName: sample-{number}\nVersion: 1.0\n{requires}\n{description}"
    )
    if number % (DISTRIBUTIONS // PLUGINS) == 0:
        (info / "entry_points.txt").write_text(f"[convirt.platforms]\nsample{number} = sample_{number}:Platform\n")
    elif number % 2:
        (info / "entry_points.txt").write_text(f"[console_scripts]\nsample{number} = sample_{number}:main\n")


with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as memory:
    for number in range(DISTRIBUTIONS):
        install(Path(folder), number)
    an_hour_ago = time.time() - 3600
    for file in Path(folder).glob("*/entry_points.txt"):
        os.utime(file, (an_hour_ago, an_hour_ago))  # what was just installed is not remembered
    sys.path.append(folder)
    importlib.invalidate_caches()
    remembered = RememberedDiscovery(Path(memory) / "found.json", discover)
    assert len([each for each in discover() if each.name.startswith("sample")]) == PLUGINS
    searching = ratio(discover, importlib.metadata.entry_points)
    remembering = ratio(remembered, importlib.metadata.entry_points)

report("search for plugins, 300 distributions / entry_points()", searching, 1.2)
report("the same once it is remembered / entry_points()", remembering, 1.2)
