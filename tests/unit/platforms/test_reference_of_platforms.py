"""The reference says what is so: keys, options and codes are read from its tables and compared."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from convirt_core.forms import NodeFormMode
from convirt_core.platforms import STANDARD_KEYS, ConfigSource
from convirt_core.testing.bare_machine import BareMachine
from convirt_libvirt.domain import LibvirtConfig
from convirt_libvirt.domain.new import NOT_IN_A_DEFINITION
from convirt_libvirt.hooks import LibvirtHooks

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def keys_of(page: Path, title: str) -> list[str]:
    """What stands in code in the first column of the table under a title."""
    section = page.read_text().partition(f"## {title}\n")[2].partition("\n## ")[0]
    columns = (row.split("|")[1] for row in section.splitlines() if row.startswith("| `"))
    return [key for column in columns for key in re.findall(r"`([^`]+)`", column)]


@pytest.fixture
def page(platform: str) -> Path:
    """The platform's own."""
    return REFERENCE / f"{platform}.md"


@pytest.fixture
def keys(plugin: LibvirtHooks) -> set[str]:
    """What its definitions know."""
    return set(plugin.convirt_create_vm_config(ConfigSource("values", values={"name": "a"})).known_keys)


def test_the_standard_keys_are_listed_in_their_order() -> None:
    assert keys_of(REFERENCE / "vm-definition-keys.md", "Standard keys") == list(STANDARD_KEYS)


def test_the_other_keys_of_libvirt_are_listed() -> None:
    listed = keys_of(REFERENCE / "vm-definition-keys.md", "More keys of libvirt's platforms")
    assert set(listed) == LibvirtConfig.known_keys.keys() - set(STANDARD_KEYS)


def test_the_keys_of_a_platforms_definition_are_listed(platform: str, page: Path, keys: set[str]) -> None:
    only_here = import_module(f"convirt_{platform}.definition").ONLY_HERE
    added = keys - LibvirtConfig.known_keys.keys()
    assert set(keys_of(page, "Definitions")) == added | NOT_IN_A_DEFINITION | only_here


def test_the_keys_that_a_platforms_definition_lacks_are_named(page: Path, keys: set[str]) -> None:
    assert all(f"`{key}`" in page.read_text() for key in LibvirtConfig.known_keys.keys() - keys)


def test_the_options_of_a_server_are_listed(plugin: LibvirtHooks, page: Path) -> None:
    asked = [field.key for field in plugin.convirt_node_form(NodeFormMode.ADD).fields]
    assert keys_of(page, "Options of a server") == asked


def test_the_codes_of_all_checks_are_listed(plugin: LibvirtHooks, page: Path) -> None:
    found = plugin.convirt_check_prerequisites(BareMachine(), {})
    assert keys_of(page, "What is checked") == [finding.code for finding in found]
