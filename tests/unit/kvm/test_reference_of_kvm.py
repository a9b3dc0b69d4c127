"""The reference says what is so: keys, options and codes are read from its tables and compared."""

import re
from pathlib import Path

from convirt_core.forms import NodeFormMode
from convirt_core.platforms import STANDARD_KEYS
from convirt_kvm.config import KVMConfig
from convirt_kvm.definition import ONLY_HERE
from convirt_kvm.forms import node_form
from convirt_kvm.prerequisites import check_all
from convirt_libvirt.domain import LibvirtConfig
from convirt_libvirt.domain.new import NOT_IN_A_DEFINITION

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


def keys_of(file: str, title: str) -> list[str]:
    """What stands in code in the first column of the table under a title."""
    section = (REFERENCE / file).read_text().partition(f"## {title}\n")[2].partition("\n## ")[0]
    columns = (row.split("|")[1] for row in section.splitlines() if row.startswith("| `"))
    return [key for column in columns for key in re.findall(r"`([^`]+)`", column)]


def test_the_standard_keys_are_listed_in_their_order():
    assert keys_of("vm-definition-keys.md", "Standard keys") == list(STANDARD_KEYS)


def test_the_other_keys_of_libvirt_are_listed():
    listed = keys_of("vm-definition-keys.md", "More keys of libvirt's platforms")
    assert set(listed) == set(LibvirtConfig.known_keys) - set(STANDARD_KEYS)


def test_the_keys_of_a_kvm_template_are_listed():
    added = set(KVMConfig.known_keys) - set(LibvirtConfig.known_keys)
    assert set(keys_of("kvm.md", "Definitions")) == added | NOT_IN_A_DEFINITION | ONLY_HERE


def test_the_options_of_a_server_are_listed():
    assert keys_of("kvm.md", "Options of a server") == [field.key for field in node_form(NodeFormMode.ADD).fields]


def test_the_codes_of_all_checks_are_listed(proxy):
    assert keys_of("kvm.md", "What is checked") == [found.code for found in check_all(proxy, {})]
