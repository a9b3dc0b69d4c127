"""`convirt vm list` on one local server against a bare script with the same imports that lists and prints."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from _side_by_side import command, ratio, report

BARE = """
import click, attrs, pluggy, peewee, libvirt
connection = libvirt.open("test:///default")
for domain in connection.listAllDomains():
    print(domain.name(), domain.UUIDString(), domain.info())
connection.close()
"""

with tempfile.TemporaryDirectory() as folder:
    config = Path(folder) / "config.toml"
    environment = dict(os.environ, CONVIRT_CONFIG=str(config), CONVIRT_DATA=folder)
    convirt = [str(Path(sys.executable).with_name("convirt"))]
    command([*convirt, "server", "add", "here", "--platform", "test"], **environment)()
    measured = ratio(
        command([*convirt, "vm", "list"], **environment), command([sys.executable, "-c", BARE], **environment)
    )
report("convirt vm list / a bare script with the same imports", measured, 1.3)
