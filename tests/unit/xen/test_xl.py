"""What xl says, read."""

import pytest

from convirt_core.model import VMState
from convirt_core.platforms import CommandResult
from convirt_xen.xl import read_info, read_table, xl_domains, xl_info

LISTED = CommandResult((), 0, b"Name ID Mem VCPUs State Time\nweb 1 64 1 -b---- 0.1\n", b"")

TABLE = """\
Name                                        ID   Mem VCPUs	State	Time(s)
Domain-0                                     0   512     2     r-----     118.5
two words                                    5   100     3     --p---       0.0
gone                                         6    64     1     ---s--       9.9
broken                                       7    64     1     ----c-       9.9
dying                                        8     0     1     -----d       9.9
new                                          9    64     1     ------       0.0
"""


def test_a_domain_made_by_hand_has_its_uuid_kind_state_and_memory(proxy):
    first = next(domain for domain in xl_domains(proxy, {})[0] if domain.name == "xlpv")
    assert (first.id, first.key, first.kind) == (2, "11111111-2222-4333-8444-0000000000aa", "pv")
    assert (first.state, first.memory_bytes, first.memory_limit_bytes) == (VMState.RUNNING, 128 << 20, 160 << 20)
    assert first.vcpus == 1


def test_domain_0_is_none_of_them(proxy):
    assert {domain.name for domain in xl_domains(proxy, {})[0]} == {"xlpv", "pv2"}


def test_what_a_run_is_made_of_is_asked_once(proxy):
    first, runs = xl_domains(proxy, {})
    assert len(proxy.ran) == 2
    again, _ = xl_domains(proxy, runs)
    assert len(proxy.ran) == 3
    assert [domain.key for domain in again] == [domain.key for domain in first]


def test_a_new_run_of_the_same_domain_is_asked_about(proxy):
    _, runs = xl_domains(proxy, {})
    proxy.table = CommandResult((), 0, proxy.table.stdout.replace(b"  3  ", b"  4  "), b"")
    asked = len(proxy.ran)
    xl_domains(proxy, runs)
    assert len(proxy.ran) == asked + 2


def test_the_letters_of_a_state_are_understood():
    rows = read_table(TABLE)
    assert {number: row[0] for (number, _), row in rows.items()} == {
        0: VMState.RUNNING,
        5: VMState.PAUSED,
        6: VMState.STOPPING,
        7: VMState.CRASHED,
        8: VMState.STOPPING,
        9: VMState.RUNNING,
    }
    assert rows[5, "two words"][1:] == (100, 3)


@pytest.mark.parametrize(
    "answer",
    [
        CommandResult((), 1, b"", b"xl: permission denied"),
        CommandResult((), 127, b"", b"sh: xl: not found"),
        CommandResult((), 0, b"", b""),
        CommandResult((), 0, b"[\n{]", b""),
        CommandResult((), 0, b'[{"domid": 1}]', b""),
    ],
)
def test_an_xl_that_says_nothing_of_use_shows_no_domain(proxy, answer):
    proxy.table, proxy.domains = LISTED, answer
    assert xl_domains(proxy, {})[0] == []


@pytest.mark.parametrize("table", [b"", b"Name ID\n", b"Name ID\nweb\n", b"Name\na b c d e f\n"])
def test_a_table_that_is_none_shows_no_domain(proxy, table):
    proxy.table = CommandResult((), 0, table, b"")
    assert xl_domains(proxy, {})[0] == []


def test_what_the_server_is_is_read_by_xls_names(proxy):
    info = xl_info(proxy)
    assert (info["xen_version"], info["free_memory"]) == ("4.17.7", "1004")
    assert info["xen_commandline"].startswith("dom0_mem=512M,max:512M com1=")


def test_a_line_without_a_colon_says_nothing():
    assert read_info("a : 1\nnonsense\n") == {"a": "1"}


def test_who_may_not_use_xl_is_told_nothing(proxy):
    proxy.info = CommandResult((), 1, b"a : 1", b"permission denied")
    assert xl_info(proxy) == {}
