"""Ten live migrations, back and forth, as two listeners hear them: the serial log, and an open `convirt vm console`."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass

import pexpect
import pytest
from labs.command_line import wait_until
from labs.counting_guest import Heard, listening_to_console, listening_to_log
from labs.guest import LabGuest
from labs.migration_jobs import SLOW, remaining_bytes

pytestmark = [pytest.mark.root, pytest.mark.guest]

MIGRATIONS = 10
LONGEST_GAP_SECONDS = 3.0


@dataclass
class Journey:
    """What was heard, and what each migration answered."""

    log: Heard
    console: Heard
    answers: list[dict]


@pytest.fixture(scope="module")
def journey(travels, counter: LabGuest) -> Journey:
    with (
        listening_to_log(counter.serial_log) as log,
        listening_to_console(travels.convirt, counter.name) as (console, _),
    ):
        wait_for_numbers(console)
        answers = [
            travels.migrate(counter.name, travels.other_than(travels.host_of(counter.name))) for _ in range(MIGRATIONS)
        ]
        before = len(console.numbers)
        wait_for_numbers(console, before + 5)
    return Journey(log, console, answers)


def wait_for_numbers(heard: Heard, count: int = 5) -> None:
    deadline = time.monotonic() + 30
    while len(heard.numbers) < count:
        assert time.monotonic() < deadline, f"only {len(heard.numbers)} numbers were heard"
        time.sleep(0.1)


def test_each_of_them_is_a_live_migration_with_a_measured_downtime(journey: Journey) -> None:
    assert [answer["live"] for answer in journey.answers] == [True] * MIGRATIONS
    assert all(0 < answer["downtime_milliseconds"] < 3000 for answer in journey.answers)


def test_the_log_has_no_gap_above_three_seconds(journey: Journey) -> None:
    assert journey.log.longest_gap_seconds <= LONGEST_GAP_SECONDS


def test_the_open_console_has_no_gap_above_three_seconds(journey: Journey) -> None:
    assert journey.console.longest_gap_seconds <= LONGEST_GAP_SECONDS


def test_the_numbers_in_the_log_only_rise(journey: Journey) -> None:
    assert journey.log.falls == []


def test_the_numbers_in_the_open_console_only_rise(journey: Journey) -> None:
    assert journey.console.falls == []


def test_the_log_loses_at_most_one_number_per_migration(journey: Journey) -> None:
    assert len(journey.log.lost) <= MIGRATIONS


def test_the_vm_stays_managed(travels, counter: LabGuest, journey: Journey) -> None:
    assert travels.here.json("vm", "info", counter.name)["vm"]["managed"] is True


def test_the_other_server_has_forgotten_it(travels, counter: LabGuest, journey: Journey) -> None:
    left = travels.other_than(travels.host_of(counter.name))
    assert counter.name not in left.virsh("list", "--all", "--name").split()


def test_leaving_the_console_during_a_migration_ends_within_two_seconds(travels, counter: LabGuest) -> None:
    here = travels.host_of(counter.name)
    there = travels.other_than(here)
    words = ["-m", "convirt_cli", "vm", "console", counter.name, "--force"]
    console = pexpect.spawn(sys.executable, words, env=travels.convirt.environment, timeout=30)
    console.expect(rb"lab\.count \d+")
    moving = travels.convirt.begin("vm", "migrate", counter.name, "--to", there.name, *SLOW)
    wait_until(lambda: remaining_bytes(here, counter.name) > 0, "memory is on its way")

    began = time.monotonic()
    console.send(b"\x1d")
    console.expect(pexpect.EOF)
    console.close()
    took = time.monotonic() - began

    assert moving.poll() is None, "the migration was over too early"
    said, _ = moving.communicate(timeout=60)
    assert moving.returncode == os.EX_OK, said
    assert (console.exitstatus, took <= 2.0) == (os.EX_OK, True), took
