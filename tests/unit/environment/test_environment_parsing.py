"""What is made of a server's answer: of a whole one, of one in part, and of nonsense."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convirt_core.model import Memory, OperatingSystem, Processors, ServerEnvironment
from convirt_core.services.environment import parse_environment
from convirt_core.services.environment.script import MARK, SCRIPT, sections_of

SAMPLE = (Path(__file__).parents[2] / "data" / "environment" / "debian-12.txt").read_text()
NAMES = re.findall(r"section ([a-z-]+);", SCRIPT.decode())


def test_a_server_says_what_it_runs(debian):
    assert debian.host_name == "host1"
    assert debian.system == OperatingSystem("Debian GNU/Linux", "12", "6.1.0-18-amd64", "x86_64")


def test_the_uuid_is_in_small_letters_as_libvirt_writes_it(debian):
    assert debian.host_uuid == "4c4c4544-0042-4710-8058-b7c04f4a3732"


def test_processors_are_counted_by_their_place(debian):
    assert debian.processors == Processors("AuthenticAMD", "AMD EPYC", sockets=1, cores=2, threads=2, mhz=2596)


def test_memory_is_in_bytes(debian):
    assert debian.memory.total_bytes == 24_684_084 * 1024
    assert debian.memory.free_bytes < debian.memory.available_bytes < debian.memory.total_bytes


def test_only_file_systems_that_keep_files_are_listed(debian):
    (root,) = debian.file_systems
    assert (root.mount, root.device, root.type) == ("/", "/dev/vda", "ext4")
    assert 0 < root.free_bytes < root.size_bytes == 264_212_084 * 1024


def test_a_vms_end_of_its_card_is_a_member_of_its_bridge_and_no_card_of_the_server(debian):
    assert [card.name for card in debian.network_cards] == ["veth0", "veth1"]
    bridge, other = debian.bridges
    assert (bridge.name, bridge.members, other.name, other.members) == ("br0", ("veth0", "vnet0"), "br1", ())


def test_a_bridge_has_its_addresses_and_a_card_its_speed(debian):
    assert debian.bridges[0].addresses[:2] == ("192.0.2.7/24", "2001:db8::7/64")
    assert debian.network_cards[0].speed_megabits_per_second == 10_000


def test_the_bridge_with_the_default_route_is_the_default(debian):
    assert debian.default_bridge == "br0"


def test_without_lvm_there_are_no_volumes(debian):
    assert (debian.volume_groups, debian.logical_volumes) == ((), ())


def test_a_busybox_server_says_the_same_in_other_words(sample):
    found = parse_environment(sample("busybox-1.35"), 100.0, 101.0)
    assert [each.mount for each in found.file_systems] == ["/"]
    assert found.network_cards[0].addresses[0] == "192.0.2.2/24"
    assert found.processors.threads == 2
    assert found.clock is not None


def test_an_answer_without_any_section_says_nothing():
    assert parse_environment("Welcome to host1!\n", 1.0, 2.0) == ServerEnvironment(read_at=2.0)


@pytest.mark.parametrize("missing", NAMES)
def test_what_is_missing_takes_nothing_else_with_it(missing):
    whole, name = parse_environment(SAMPLE, 1.0, 2.0), re.escape(f"\n{MARK}{missing}\n")
    part = parse_environment(re.sub(rf"{name}[^{MARK}]*", "", SAMPLE), 1.0, 2.0)
    assert sum(getattr(part, key) == getattr(whole, key) for key in ServerEnvironment.__slots__ if key[0] != "_") >= 9


@given(st.integers(min_value=0, max_value=len(SAMPLE)))
def test_an_answer_that_was_cut_off_gives_what_came_before(length):
    found = parse_environment(SAMPLE[:length], 1.0, 2.0)
    if "HugePages_Surp" in SAMPLE[:length]:
        assert found.memory == parse_environment(SAMPLE, 1.0, 2.0).memory


@given(st.dictionaries(st.sampled_from(NAMES), st.text()))
def test_nonsense_in_any_section_is_no_error(sections):
    answer = "".join(f"\n{MARK}{name}\n{text}" for name, text in sections.items())
    assert isinstance(parse_environment(answer, 1.0, 2.0), ServerEnvironment)


@given(st.sampled_from(NAMES), st.data())
def test_a_changed_line_of_any_section_is_no_error(name, data):
    lines = sections_of(SAMPLE)[name].splitlines() or [""]
    lines[data.draw(st.integers(0, len(lines) - 1))] = data.draw(st.text())
    answer = f"\n{MARK}{name}\n" + "\n".join(lines)
    assert isinstance(parse_environment(answer, 1.0, 2.0), ServerEnvironment)


def test_every_section_of_the_script_is_read():
    reading = Path(__file__).parents[3] / "convirt_core" / "services" / "environment" / "reading.py"
    assert set(NAMES) == set(re.findall(r'text\("([a-z-]+)"\)', reading.read_text()))


def test_numbers_that_no_server_has_are_nothing():
    answer = f"\n{MARK}meminfo\nMemTotal: {'9' * 5000} kB\nMemFree: ² kB\nSwapTotal: -3 kB\n"
    assert parse_environment(answer, 1.0, 2.0).memory == Memory()
