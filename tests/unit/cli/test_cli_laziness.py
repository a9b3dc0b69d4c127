"""What `convirt` imports, and when."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys

import pytest

from convirt_cli import __version__

FORBIDDEN = {
    "libvirt",
    "paramiko",
    "peewee",
    "rich",
    "attr",
    "attrs",
    "pluggy",
    "importlib_metadata",
    "tomlkit",
    "lxml",
}


def imported_by(*arguments: str) -> set[str]:
    command = [sys.executable, "-X", "importtime", "-m", "convirt_cli", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return set(re.findall(r"^import time:.*\| +(\S+)$", ran.stderr, flags=re.MULTILINE))


@pytest.mark.parametrize("words", ["--help", "--version", "vm --help", ""])
def test_help_and_version_import_neither_a_library_nor_a_plugin(words: str) -> None:
    imported = imported_by(*words.split())
    packages = {name.partition(".")[0] for name in imported}
    assert "click" in packages
    assert not packages & FORBIDDEN
    assert not {name for name in packages if name.startswith("convirt_")} - {"convirt_cli", "convirt_core"}


def test_help_of_a_group_imports_none_of_its_commands() -> None:
    assert not {name for name in imported_by("vm", "--help") if name.startswith("convirt_cli.commands.vm.")}


def test_the_version_is_the_one_of_the_distribution() -> None:
    ran = subprocess.run([sys.executable, "-m", "convirt_cli", "--version"], capture_output=True, text=True, check=True)
    assert ran.stdout == f"convirt {__version__}\n"
    assert importlib.metadata.version("convirt-cli") == __version__
