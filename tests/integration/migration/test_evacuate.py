"""`convirt server evacuate`: what can move has moved, what cannot is named and runs on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from labs.cli_here import Ran
from labs.command_line import wait_until
from labs.counting_guest import listening_to_log
from labs.guest import LabGuest

from convirt_cli.exit_codes import ExitCode

pytestmark = [pytest.mark.root, pytest.mark.guest]


@pytest.fixture(scope="module")
def guests(travels, hosts_image, prefix: str) -> Iterator[list[LabGuest]]:
    """Two that run, one that is stopped, and one that runs with a disk of h1's own: it cannot move."""
    h1, path = travels.lab.h1, "/srv/stays.qcow2"
    h1.run("qemu-img", "create", "-q", "-f", "qcow2", path, "8M")
    disk = f"<disk type='file'><driver name='qemu' type='qcow2'/><source file='{path}'/><target dev='vda'/></disk>"
    made = [
        LabGuest(f"{prefix}ev-{name}", hosts_image, travels.folder, ("lab.count=5",), devices, virsh=h1.virsh)
        for name, devices in (("a", ""), ("b", disk), ("c", ""), ("d", ""))
    ]
    try:
        for guest in made[:3]:
            guest.start()
        for guest in made[:3]:
            guest.wait_for(r"lab\.count \d+")
        made[3].define()
        yield made
    finally:
        for guest in made:
            for host in travels.lab.hosts:
                LabGuest(guest.name, hosts_image, travels.folder, virsh=host.virsh).remove()
        h1.run("rm", "-f", path)


def test_a_check_says_of_each_what_stands_against_it_and_moves_none(travels, guests: list[LabGuest]) -> None:
    ran = travels.here("server", "evacuate", "h1", "--to", "h2", "--check", "--json")
    found = {vm["vm"]: (vm["destination"], [one["code"] for one in vm["findings"]]) for vm in ran.json["vms"]}
    assert [found[guest.name] for guest in guests] == [("h2", []), ("h2", ["disk-not-shared"]), ("h2", []), ("h2", [])]
    assert [travels.host_of(guest.name) for guest in guests[:3]] == [travels.lab.h1] * 3
    assert ran.code == ExitCode.REFUSED


def test_a_check_in_words_names_the_one_that_cannot_move(travels, guests: list[LabGuest]) -> None:
    said = travels.here("server", "evacuate", "h1", "--to", "h2", "--check").out
    assert f"Nothing stands against moving {guests[0].name} to h2." in said
    assert f"3 of 4 can move; something stands against {guests[1].name}." in said


@pytest.fixture(scope="module")
def evacuated(travels, guests: list[LabGuest]) -> Ran:
    """How it ended, two at a time."""
    return travels.here(
        "server", "evacuate", "h1", "--to", "h2", "--at-once", "2", "--order", "smallest", "--yes", "--json"
    )


def test_it_ends_with_the_code_of_what_was_done_in_part(evacuated: Ran) -> None:
    assert evacuated.code == 9


def test_three_of_four_have_moved(guests: list[LabGuest], evacuated: Ran) -> None:
    moved = {vm["vm"] for vm in evacuated.json["vms"] if vm["moved"]}
    assert moved == {guests[0].name, guests[2].name, guests[3].name}


def test_those_that_ran_run_there(travels, guests: list[LabGuest], evacuated: Ran) -> None:
    assert [travels.host_of(guests[number].name) for number in (0, 2)] == [travels.lab.h2, travels.lab.h2]


def test_the_fourth_is_named_with_what_stands_against_it(guests: list[LabGuest], evacuated: Ran) -> None:
    stayed = [vm for vm in evacuated.json["vms"] if not vm["moved"]]
    assert [(vm["vm"], vm["server"]) for vm in stayed] == [(guests[1].name, "h1")]
    assert [finding["code"] for finding in stayed[0]["error"]["findings"]] == ["disk-not-shared"]


def test_the_fourth_runs_on(travels, guests: list[LabGuest], evacuated: Ran) -> None:
    assert travels.host_of(guests[1].name) is travels.lab.h1
    with listening_to_log(guests[1].serial_log) as heard:
        wait_until(lambda: len(heard.numbers) > 5, "its count goes on")


def test_back_to_the_servers_of_its_pool_in_words(travels, guests: list[LabGuest], evacuated: Ran) -> None:
    ran = travels.here("server", "evacuate", "h2", "--yes")
    assert ran.code == 0
    assert "h2 is empty: 3 moved." in ran.out


def test_without_another_server_it_says_what_to_do(travels, guests: list[LabGuest], evacuated: Ran) -> None:
    travels.here.done("pool", "add", "alone")
    ran = travels.here("server", "evacuate", "h1", "--pool", "alone", "--yes")
    assert ran.code == 2
    assert "There is no other server" in ran.err


def test_each_wish_holds_for_all_that_go(travels, make_stopped: Callable[..., LabGuest]) -> None:
    travels.here.done("pool", "add", "other")
    travels.here.done("server", "move", "h2", "--pool", "other")
    guest = make_stopped("wish")
    wishes = ["--copy-storage", "--keep-disks", "--direct", "--compress", "--auto-converge", "--post-copy", "--force"]
    try:
        travels.here.done(
            "server", "evacuate", "h1", "--pool", "other", "--yes", *wishes, "--bandwidth", "1G", "--max-downtime", "99"
        )
    finally:
        travels.here.done("server", "move", "h2", "--no-pool")
    assert guest.name in travels.lab.h2.virsh("list", "--all", "--name").split()


def test_one_after_the_other_by_name(travels, make_stopped: Callable[..., LabGuest]) -> None:
    names = [make_stopped(name).name for name in ("x2", "x1")]
    answer = travels.here.json("server", "evacuate", "h1", "--to", "h2", "--at-once", "1", "--order", "name", "--yes")
    assert [vm["vm"] for vm in answer["vms"] if vm["vm"] in names] == sorted(names)


def test_two_that_stand_on_one_disk_go_at_once(travels, make_stopped: Callable[..., LabGuest]) -> None:
    h1, h2, folder = travels.lab.h1, travels.lab.h2, "/srv/one-base"
    h1.run("mkdir", "-p", folder)
    h1.run("qemu-img", "create", "-q", "-f", "qcow2", f"{folder}/base.qcow2", "32M")
    h1.run("qemu-io", "-f", "qcow2", "-c", "write -P 0x5a 1M 20M", f"{folder}/base.qcow2")
    for name in ("y1", "y2"):
        overlay = f"{folder}/{name}.qcow2"
        h1.run("qemu-img", "create", "-q", "-f", "qcow2", "-b", f"{folder}/base.qcow2", "-F", "qcow2", overlay)
        source = f"<driver name='qemu' type='qcow2'/><source file='{overlay}'/><target dev='vda'/>"
        make_stopped(name, devices=f"<disk type='file'>{source}</disk>")
    wishes = ("--to", "h2", "--at-once", "3", "--copy-storage", "--yes")
    travels.here.done("server", "evacuate", "h1", *wishes)
    assert h2.run("ls", folder).split() == ["base.qcow2", "y1.qcow2", "y2.qcow2"]
    for host in (h1, h2):
        host.run("rm", "-r", folder)
