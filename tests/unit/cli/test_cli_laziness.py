"""What `convirt` imports, and when."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from convirt_cli import __version__

if TYPE_CHECKING:
    from labs.cli_here import ConvirtHere

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


LISTING = """
import json, sys
from convirt_cli.__main__ import main
code = main(["vm", "list"])
made = (value for name, module in sys.modules.items() if name.startswith("convirt_") for value in vars(module).values())
attrs_classes = {value.__name__ for value in made if isinstance(value, type) and "__attrs_attrs__" in vars(value)}
print(json.dumps({"modules": list(sys.modules), "attrs_classes": sorted(attrs_classes)}))
sys.exit(code)
"""
"""Lists VMs as `convirt vm list` does, then says what is imported. A module more costs about half a millisecond."""

MOST_OF_OUR_MODULES = 112
NOT_FOR_A_LISTING = {
    *("concurrent", "importlib_metadata", "keyring", "lxml", "packaging", "paramiko", "platformdirs", "rich"),
    *("subprocess", "tempfile", "tomlkit", "tomllib"),
    *("convirt_core.config", "convirt_core.forms.fields", "convirt_core.forms.validation"),
    *("convirt_core.model.devices", "convirt_core.model.findings", "convirt_core.model.operations"),
    *("convirt_core.platforms.results", "convirt_core.platforms.vm_config", "convirt_core.platforms.vmm"),
    *("convirt_core.plugins.checking", "convirt_core.plugins.discovery", "convirt_core.plugins.statuses"),
    *("convirt_core.remote.local_commands", "convirt_core.remote.local_copies"),
    *("convirt_core.services.grid", "convirt_core.services.lifecycle", "convirt_core.services.tasks"),
    "convirt_core.services.which_vm",
    *("convirt_core.store.creation", "convirt_core.store.schema", "convirt_core.store.tasks"),
    *("convirt_libvirt.domain", "convirt_libvirt.lifecycle", "convirt_libvirt.vmm"),
}


@pytest.fixture
def listing(with_server: ConvirtHere) -> dict[str, list[str]]:
    """What a listing of VMs imports and makes, once it is remembered which plugins are installed."""
    command = [sys.executable, "-P", "-c", LISTING]
    for _ in range(2):
        ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, list[str]] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_a_listing_of_vms_imports_nothing_that_only_others_need(listing: dict[str, list[str]]) -> None:
    assert sorted(NOT_FOR_A_LISTING.intersection(listing["modules"])) == []


def test_a_listing_of_vms_imports_few_of_our_modules(listing: dict[str, list[str]]) -> None:
    ours = [name for name in listing["modules"] if name.startswith("convirt_")]
    assert len(ours) <= MOST_OF_OUR_MODULES, ours


def test_a_listing_of_vms_makes_the_attrs_classes_of_its_values_alone(listing: dict[str, list[str]]) -> None:
    assert listing["attrs_classes"] == ["ManagedNode", "Platform", "Settings", "VM", "VMRecord", "VMRef"]
