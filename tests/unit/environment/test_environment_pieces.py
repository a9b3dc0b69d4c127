"""Single subjects of a server's environment, in the words that different servers use."""

import json

import pytest

from convirt_core.model import Clock, FileSystem, LogicalVolume, VolumeGroup
from convirt_core.services.environment.clock import clock
from convirt_core.services.environment.file_systems import file_systems
from convirt_core.services.environment.networks import networks
from convirt_core.services.environment.processors import processors
from convirt_core.services.environment.system import host_uuid, operating_system
from convirt_core.services.environment.volumes import logical_volumes, volume_groups


@pytest.mark.parametrize(
    ("os_release", "name", "version"),
    [
        ('NAME="Debian GNU/Linux"\nVERSION_ID="12"\n', "Debian GNU/Linux", "12"),
        ("NAME=Fedora\nVERSION_ID=39\n", "Fedora", "39"),
        ("NAME='Alpine Linux'\nVERSION_ID=3.19.1\n", "Alpine Linux", "3.19.1"),
        ("ID=arch\n", "arch", ""),
        ('NAME="no end\n', "no end", ""),
    ],
)
def test_os_release_is_read_as_a_shell_reads_it(os_release, name, version):
    system = operating_system(os_release, "")
    assert (system.name, system.version) == (name, version)


@pytest.mark.parametrize("text", ["", "Not Specified", "00000000-0000-0000-0000-000000000000", "F" * 36])
def test_a_machine_that_was_never_given_a_uuid_has_none(text):
    assert host_uuid(text) == ""


def test_two_sockets_with_hyperthreading_are_counted():
    places = [(package, core) for package in range(2) for core in range(4) for _ in range(2)]
    topology = "".join(
        f"cpu{number}/topology/physical_package_id:{package}\ncpu{number}/topology/core_id:{core}\n"
        for number, (package, core) in enumerate(places)
    )
    found = processors("", topology)
    assert (found.sockets, found.cores, found.threads) == (2, 8, 16)


def test_cores_of_two_dies_in_one_socket_are_not_taken_for_each_other():
    topology = "".join(
        f"cpu{die}/topology/physical_package_id:0\ncpu{die}/topology/die_id:{die}\ncpu{die}/topology/core_id:0\n"
        for die in range(2)
    )
    assert processors("", topology).cores == 2


def test_a_power_server_calls_its_processors_otherwise():
    found = processors("processor\t: 0\ncpu\t\t: POWER9, altivec supported\nclock\t\t: 2166.000000MHz\n", "")
    assert (found.model, found.mhz, found.threads) == ("POWER9, altivec supported", 2166, 1)


def test_a_mount_point_with_blanks_is_whole():
    df = "//nas/my vms cifs 1000 400 600 40% /mnt/my vms\n"
    assert file_systems(df) == (FileSystem("/mnt/my vms", "//nas/my vms", "cifs", 1_024_000, 614_400),)


def test_a_file_system_that_is_listed_twice_is_one():
    row = "/dev/sda1 ext4 1000 400 600 40% {}\n"
    assert [each.mount for each in file_systems(row.format("/") + row.format("/var/lib/vms"))] == ["/"]


def test_a_bridge_with_a_real_card_is_the_default_without_a_default_route():
    paths = "br1/bridge\nbr1/brif/eth0\ndocker0/bridge\nvirbr0/bridge\neth0/device\n"
    assert networks("", paths, "", "").default_bridge == "br1"


def test_a_bridge_that_leads_nowhere_is_no_default():
    assert networks("", "docker0/bridge\nvirbr0/bridge\nvirbr0/brif/vnet0\n", "", "").default_bridge == ""


def test_the_other_half_of_a_pair_is_no_part_of_a_cards_name():
    found = networks("eth0/operstate:up\n", "", "7: eth0@if8    inet 192.0.2.9/24 scope global eth0\\  valid\n", "")
    assert found.cards[0].addresses == ("192.0.2.9/24",)


VGS = {"report": [{"vg": [{"vg_name": "vg0", "vg_size": "53682896896", "vg_free": "10733223936"}]}]}
LVS = {
    "report": [
        {
            "lv": [
                {"lv_name": "web1", "vg_name": "vg0", "lv_size": "8589934592", "lv_path": "/dev/vg0/web1"},
                {"lv_name": "pool", "vg_name": "vg0", "lv_size": "34359738368", "lv_path": ""},
            ]
        }
    ]
}


def test_volume_groups_are_read_from_lvms_own_report():
    assert volume_groups(json.dumps(VGS)) == (VolumeGroup("vg0", 53_682_896_896, 10_733_223_936),)


def test_a_pool_of_thin_volumes_has_no_device():
    volumes = logical_volumes(json.dumps(LVS))
    assert volumes == (
        LogicalVolume("web1", "vg0", 8_589_934_592, "/dev/vg0/web1"),
        LogicalVolume("pool", "vg0", 34_359_738_368),
    )


@pytest.mark.parametrize(
    "report", ["", "sh: vgs: not found", "[]", '{"report": [3, {"vg": {}}, {"vg": [1, {}]}]}', "[" * 100_000]
)
def test_a_report_that_is_none_has_no_volumes(report):
    assert volume_groups(report) == ()


def test_the_time_that_the_server_works_is_no_skew():
    assert clock("1010.5\n", "1013.5\n", 1000.0, 1004.0) == Clock(10.0, 0.5)


def test_a_clock_without_fractions_is_a_second_less_certain():
    found = clock("1000.%N\n", "1000.%N\n", 1000.25, 1000.75)
    assert found == Clock(0.0, 1.25)


def test_a_server_that_does_not_say_the_time_has_no_skew():
    assert clock("1000.0", "", 1000.0, 1001.0) is None
