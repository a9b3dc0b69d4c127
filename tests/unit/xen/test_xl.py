"""What xl says, read."""

import pytest

from convirt_core.model import VMState
from convirt_core.platforms import CommandResult
from convirt_xen.xl import read_info, read_table, xl_domains, xl_info

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
    first = next(domain for domain in xl_domains(proxy) if domain.name == "xlpv")
    assert (first.id, first.key, first.kind) == (2, "11111111-2222-4333-8444-0000000000aa", "pv")
    assert (first.state, first.memory_bytes, first.memory_limit_bytes) == (VMState.RUNNING, 128 << 20, 160 << 20)
    assert first.vcpus == 1


def test_domain_0_is_none_of_them(proxy):
    assert {domain.name for domain in xl_domains(proxy)} == {"xlpv", "pv2"}
    assert len(proxy.ran) == 1


def test_the_letters_of_a_state_are_understood():
    rows = read_table(TABLE)
    assert {number: row[0] for number, row in rows.items()} == {
        0: VMState.RUNNING,
        5: VMState.PAUSED,
        6: VMState.STOPPING,
        7: VMState.CRASHED,
        8: VMState.STOPPING,
        9: VMState.RUNNING,
    }
    assert rows[5][1:] == (100, 3)


@pytest.mark.parametrize(
    "answer",
    [
        CommandResult((), 1, b"", b"xl: permission denied"),
        CommandResult((), 127, b"", b"sh: xl: not found"),
        CommandResult((), 0, b"Name ID\n", b""),
        CommandResult((), 0, b"Name ID\n[\n{]", b""),
        CommandResult((), 0, b'Name ID\n[\n{"domid": 1}]', b""),
    ],
)
def test_an_xl_that_says_nothing_of_use_shows_no_domain(proxy, answer):
    proxy.domains = answer
    assert xl_domains(proxy) == []


def test_what_the_server_is_is_read_by_xls_names(proxy):
    info = xl_info(proxy)
    assert (info["xen_version"], info["free_memory"]) == ("4.17.7", "1004")
    assert info["xen_commandline"].startswith("dom0_mem=512M,max:512M com1=")


def test_a_line_without_a_colon_says_nothing():
    assert read_info("a : 1\nnonsense\n") == {"a": "1"}


def test_who_may_not_use_xl_is_told_nothing(proxy):
    proxy.info = CommandResult((), 1, b"a : 1", b"permission denied")
    assert xl_info(proxy) == {}
