"""Whatever happens while memory is on its way: one QEMU runs the VM, its count goes on, the task tells the truth."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from labs.command_line import end, wait_until, wait_until_held
from labs.counting_guest import listening_to_log
from labs.guest import LabGuest
from labs.migration_jobs import SLOW, remaining_bytes, sent_share
from labs.two_hosts import faults

from convirt_cli.exit_codes import ExitCode

pytestmark = [pytest.mark.root, pytest.mark.guest]

SETTLED_SECONDS = 45
PRIVATE = "/srv/fills"
COPIED_DISK = re.compile(r"MiB of disks left at [1-9]\d* MiB/s")


@pytest.fixture
def on_its_way(travels, at_h1: LabGuest) -> Iterator[subprocess.Popen[str]]:
    """`convirt vm migrate` from h1 to h2, with memory left to send."""
    with begun(travels, at_h1, "vm", "migrate", at_h1.name, "--to", "h2", "--yes", *SLOW) as process:
        yield process


@contextmanager
def begun(travels, at_h1: LabGuest, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A command that moves the guest away from h1, with memory left to send."""
    process = travels.convirt.begin(*words)
    try:
        wait_until(
            lambda: remaining_bytes(travels.lab.h1, at_h1.name) > 0 or process.poll() is not None,
            "memory is on its way",
        )
        assert process.poll() is None, process.communicate()[0]
        yield process
    finally:
        process.kill()
        process.communicate()


def end_of(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for a command's own end; return its exit code and what it said."""
    said, _ = process.communicate(timeout=90)
    return process.returncode, said


def check_that_it_runs_once_and_counts_on(travels, guest: LabGuest) -> None:
    what = f"exactly one QEMU runs {guest.name}"
    wait_until(lambda: len(travels.hosts_of(guest.name)) == 1, what, within_seconds=SETTLED_SECONDS)
    with listening_to_log(guest.serial_log) as heard:
        wait_until(lambda: len(heard.numbers) > 5, "its count goes on", within_seconds=15)
    assert heard.falls == []


def check_that_a_second_try_succeeds(travels, guest: LabGuest) -> None:
    here = travels.host_of(guest.name)
    assert travels.server_of(guest.name) == here.name
    travels.migrate(guest.name, travels.other_than(here))
    assert travels.host_of(guest.name) is travels.other_than(here)
    assert travels.here.json("vm", "info", guest.name)["vm"]["managed"] is True


def test_one_that_is_cancelled_at_a_third_leaves_the_vm_where_it_was(travels, at_h1, on_its_way) -> None:
    wait_until(lambda: sent_share(travels.lab.h1, at_h1.name) >= 0.3, "30 % have been sent")
    task = travels.last_task()
    assert "MiB of memory left" in task["message"]
    travels.here.done("task", "cancel", task["id"])

    _, said = end_of(on_its_way)

    assert f"{at_h1.name} is on h1 as before" in said
    assert travels.last_task()["state"] == "cancelled"
    check_that_it_runs_once_and_counts_on(travels, at_h1)
    assert travels.host_of(at_h1.name) is travels.lab.h1
    check_that_a_second_try_succeeds(travels, at_h1)


def test_one_whose_convirt_is_killed_goes_on_by_itself(travels, at_h1, on_its_way) -> None:
    on_its_way.kill()

    check_that_it_runs_once_and_counts_on(travels, at_h1)
    wait_until(lambda: travels.host_of(at_h1.name) is travels.lab.h2, "it has arrived", SETTLED_SECONDS)
    listed = travels.here("vm", "list")
    assert f"Migrate {at_h1.name} from h1 to h2 was interrupted" in listed.err
    assert travels.last_task()["state"] == "interrupted"
    check_that_a_second_try_succeeds(travels, at_h1)


def test_one_whose_convirt_is_killed_is_settled_by_a_command_while_it_goes_on(travels, at_h1, on_its_way) -> None:
    on_its_way.kill()
    travels.here.done("task", "list")

    check_that_it_runs_once_and_counts_on(travels, at_h1)
    wait_until(lambda: not remaining_bytes(travels.lab.h1, at_h1.name), "it has ended", SETTLED_SECONDS)
    check_that_a_second_try_succeeds(travels, at_h1)


def test_one_whose_convirt_is_killed_can_still_be_ended(travels, at_h1) -> None:
    words = ("vm", "migrate", at_h1.name, "--to", "h2", "--yes", "--bandwidth", "1M")
    with begun(travels, at_h1, *words) as process:
        end(process, signal.SIGKILL)
    task = travels.last_task()["id"]
    refused = travels.here("vm", "migrate", at_h1.name, "--to", "h2")
    assert f"A migration of {at_h1.name} is under way: task " in refused.err
    assert "remove the other's definition" not in refused.err

    assert "Asked to stop" in travels.here.done("task", "cancel", task)

    assert not remaining_bytes(travels.lab.h1, at_h1.name)
    assert travels.host_of(at_h1.name) is travels.lab.h1
    check_that_it_runs_once_and_counts_on(travels, at_h1)
    check_that_a_second_try_succeeds(travels, at_h1)


@pytest.mark.parametrize("which", ["source", "destination"])
def test_one_whose_libvirtd_is_killed_leaves_the_vm_where_it_was(travels, at_h1, on_its_way, which) -> None:
    host = travels.lab.h1 if which == "source" else travels.lab.h2
    with faults.killed_libvirtd(host):
        time.sleep(1)

    code, said = end_of(on_its_way)

    assert code != 0
    if which == "destination":
        assert "Look whether libvirt runs on h2" in said
    check_that_it_runs_once_and_counts_on(travels, at_h1)
    assert travels.host_of(at_h1.name) is travels.lab.h1
    assert travels.last_task()["state"] == "failed"
    assert f"{at_h1.name} is on h1 as before" in said
    check_that_a_second_try_succeeds(travels, at_h1)


def test_one_that_is_cut_off_leaves_the_vm_running_at_the_source(travels, at_h1, on_its_way) -> None:
    with faults.cut_between(travels.lab.h1, travels.lab.h2):
        code, said = end_of(on_its_way)
    assert code == ExitCode.FAILED
    assert "h1 lost h2 on the way" in said
    assert f"{at_h1.name} is on h1 as before" in said
    check_that_it_runs_once_and_counts_on(travels, at_h1)
    check_that_a_second_try_succeeds(travels, at_h1)


def test_a_direct_one_that_is_cut_off_is_given_up_when_nothing_is_sent(travels, at_h1) -> None:
    words = ("vm", "migrate", at_h1.name, "--to", "h2", "--yes", "--direct", *SLOW)
    with (
        begun(travels, at_h1, *words) as process,
        faults.cut_between(travels.lab.h1, travels.lab.h2),
    ):
        code, said = end_of(process)
    assert code != 0
    assert "Nothing of" in said
    check_that_it_runs_once_and_counts_on(travels, at_h1)
    check_that_a_second_try_succeeds(travels, at_h1)


def test_a_direct_one_that_is_forced_where_there_is_no_way_ends_at_its_deadline(travels, at_h1) -> None:
    words = ("vm", "migrate", at_h1.name, "--to", "h2", "--direct", "--deadline", "5")
    with faults.cut_between(travels.lab.h1, travels.lab.h2):
        begun_at = time.monotonic()
        forced = travels.convirt(*words, "--force")
        seconds = time.monotonic() - begun_at
    assert forced.returncode != 0, forced.stdout
    assert seconds < 60, forced.stderr
    # it settles at once what other commands try once a minute
    cancel = ("task", "cancel", travels.last_task()["id"])
    settled = (ExitCode.DONE, ExitCode.REFUSED)  # by this, or by a command before
    wait_until(lambda: travels.here(*cancel).code in settled, "h1 answers again", within_seconds=180)
    check_that_it_runs_once_and_counts_on(travels, at_h1)
    check_that_a_second_try_succeeds(travels, at_h1)


def test_a_direct_one_whose_convirt_is_killed_ends_with_it(travels, at_h1) -> None:
    with begun(travels, at_h1, "vm", "migrate", at_h1.name, "--to", "h2", "--yes", "--direct", *SLOW) as process:
        end(process, signal.SIGKILL)
    check_that_it_runs_once_and_counts_on(travels, at_h1)
    assert travels.host_of(at_h1.name) is travels.lab.h1
    check_that_a_second_try_succeeds(travels, at_h1)


def test_an_evacuation_that_is_interrupted_stops_what_is_on_its_way(travels, at_h1) -> None:
    with begun(travels, at_h1, "server", "evacuate", "h1", "--to", "h2", "--yes", *SLOW) as process:
        code, said = end(process, signal.SIGINT)
    assert code == 130
    assert f"{at_h1.name} is on h1 as before" in said
    check_that_it_runs_once_and_counts_on(travels, at_h1)


def test_one_that_is_interrupted_leaves_the_vm_running_at_the_source(travels, at_h1, on_its_way) -> None:
    on_its_way.send_signal(signal.SIGINT)
    code, said = end_of(on_its_way)
    assert code == 130
    assert f"Interrupted. {at_h1.name} is on h1 as before." in said
    check_that_it_runs_once_and_counts_on(travels, at_h1)
    assert travels.host_of(at_h1.name) is travels.lab.h1
    check_that_a_second_try_succeeds(travels, at_h1)


# -- a stopped VM whose convirt is killed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "point", ["fetches cold.qcow2", "sends cold.qcow2", "defines {}", "removes {} from h1", "at the end"]
)
def test_a_definition_whose_convirt_is_killed_is_at_one_server_with_its_disk(travels, make_stopped, point) -> None:
    h1, h2, path = travels.lab.h1, travels.lab.h2, f"{PRIVATE}/cold.qcow2"
    for host in (h1, h2):
        host.run("mkdir", "-p", PRIVATE)
        host.run("rm", "-f", path)
    h1.run("qemu-img", "create", "-q", "-f", "qcow2", path, "64M")
    h1.run("qemu-io", "-f", "qcow2", "-c", "write -P 0x5a 1M 20M", path)
    disk = f"<disk type='file'><driver name='qemu' type='qcow2'/><source file='{path}'/><target dev='vda'/></disk>"
    name = make_stopped("cold", devices=disk).name
    words = ("vm", "migrate", name, "--to", "h2", "--copy-storage")

    process = travels.convirt.begin(*words, held_at=point.format(name))
    wait_until_held(process)
    end(process, signal.SIGKILL)

    listed = travels.here("vm", "list")
    assert f"Migrate {name} from h1 to h2 was interrupted" in listed.err
    where = travels.server_of(name)
    assert where == ("h2" if point == "at the end" else "h1")
    assert f"{PRIVATE}/cold.qcow2" in travels.lab[where].run("find", PRIVATE)
    if where == "h1":
        assert "cold" not in h2.run("find", PRIVATE)
        travels.migrate(name, h2, "--copy-storage")
    assert travels.here.json("vm", "info", name)["vm"]["managed"] is True


# -- a destination without room ----------------------------------------------------------------------------------------


@contextmanager
def room_on_h2(travels, size: str) -> Iterator[None]:
    """A file system of so much on the destination."""
    h2 = travels.lab.h2
    h2.run("mkdir", "-p", PRIVATE)
    h2.run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", PRIVATE)
    try:
        yield
    finally:
        h2.run("umount", PRIVATE)


@pytest.fixture
def with_disk(travels, make_stopped: Callable[..., LabGuest]) -> LabGuest:
    """A running guest with 96 MiB of data on a disk of h1's own."""
    h1, path = travels.lab.h1, f"{PRIVATE}/disk.qcow2"
    h1.run("mkdir", "-p", PRIVATE)
    h1.run("rm", "-f", path)
    h1.run("qemu-img", "create", "-q", "-f", "qcow2", path, "128M")
    h1.run("qemu-io", "-f", "qcow2", "-c", "write -P 0x5a 1M 96M", path)
    disk = f"<disk type='file'><driver name='qemu' type='qcow2'/><source file='{path}'/><target dev='vda'/></disk>"
    guest = make_stopped("full", "lab.count=5", devices=disk)
    guest.virsh("start", guest.name)
    guest.wait_for(r"lab\.count \d+")
    return guest


def test_a_destination_that_is_full_is_refused_before_anything_is_sent(travels, with_disk: LabGuest) -> None:
    with room_on_h2(travels, "32M"):
        ran = travels.here("vm", "migrate", with_disk.name, "--to", "h2", "--copy-storage")
    assert ran.code == 4
    assert "MiB free for" in ran.err
    check_that_it_runs_once_and_counts_on(travels, with_disk)


def test_one_whose_convirt_is_killed_while_a_disk_is_copied_arrives_with_it(travels, with_disk: LabGuest) -> None:
    h2, path = travels.lab.h2, f"{PRIVATE}/disk.qcow2"
    h2.run("mkdir", "-p", PRIVATE)
    h2.run("rm", "-f", path)
    moving = travels.convirt.begin("vm", "migrate", with_disk.name, "--to", "h2", "--copy-storage", *SLOW)
    wait_until(lambda: bool(COPIED_DISK.search(travels.last_task()["message"])), "the disk is on its way, at some rate")
    end(moving, signal.SIGKILL)

    check_that_it_runs_once_and_counts_on(travels, with_disk)
    wait_until(lambda: travels.host_of(with_disk.name) is h2, "it has arrived", SETTLED_SECONDS)
    assert travels.server_of(with_disk.name) == "h2"
    assert path in h2.run("find", PRIVATE)
    assert travels.last_task()["state"] == "interrupted"
    travels.here.done("vm", "kill", with_disk.name)
    travels.here.done("vm", "remove", with_disk.name, "--yes")


def test_a_destination_that_fills_up_meanwhile_gets_nothing(travels, with_disk: LabGuest) -> None:
    h2 = travels.lab.h2
    with room_on_h2(travels, "150M"):
        moving = travels.convirt.begin("vm", "migrate", with_disk.name, "--to", "h2", "--copy-storage", *SLOW)
        wait_until(lambda: "MiB of disks left" in travels.last_task()["message"], "the disk is on its way")
        with pytest.raises(subprocess.CalledProcessError):
            h2.run("dd", "if=/dev/zero", f"of={PRIVATE}/filler", "bs=1M")
        code, said = end_of(moving)
        left = h2.run("ls", PRIVATE).split()
        h2.run("rm", f"{PRIVATE}/filler")

        assert code != 0
        assert f"{with_disk.name} is on h1 as before" in said
        assert left == ["filler"]
        check_that_it_runs_once_and_counts_on(travels, with_disk)
        travels.migrate(with_disk.name, h2, "--copy-storage")
        travels.here.done("vm", "kill", with_disk.name)
        travels.here.done("vm", "remove", with_disk.name, "--yes")
