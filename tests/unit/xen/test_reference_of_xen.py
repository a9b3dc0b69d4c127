"""The reference says what is so: keys, options and codes are read from its tables and compared."""

import re
from pathlib import Path

from convirt_core.forms import NodeFormMode
from convirt_libvirt.domain import LibvirtConfig
from convirt_libvirt.domain.new import NOT_IN_A_DEFINITION
from convirt_xen.config import XenConfig
from convirt_xen.definition import ONLY_HERE
from convirt_xen.forms import node_form
from convirt_xen.prerequisites import check_all

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "xen.md"


def keys_of(title: str) -> list[str]:
    """What stands in code in the first column of the table under a title."""
    section = REFERENCE.read_text().partition(f"## {title}\n")[2].partition("\n## ")[0]
    columns = (row.split("|")[1] for row in section.splitlines() if row.startswith("| `"))
    return [key for column in columns for key in re.findall(r"`([^`]+)`", column)]


def test_the_keys_of_a_xen_definition_are_listed():
    added = XenConfig.known_keys.keys() - LibvirtConfig.known_keys.keys()
    assert set(keys_of("Definitions")) == added | NOT_IN_A_DEFINITION | ONLY_HERE


def test_the_keys_that_a_xen_definition_lacks_are_named():
    lacking = LibvirtConfig.known_keys.keys() - XenConfig.known_keys.keys()
    assert all(f"`{key}`" in REFERENCE.read_text() for key in lacking)


def test_the_options_of_a_server_are_listed():
    assert keys_of("Options of a server") == [field.key for field in node_form(NodeFormMode.ADD).fields]


def test_the_codes_of_all_checks_are_listed(proxy):
    assert keys_of("What is checked") == [found.code for found in check_all(proxy, {})]
