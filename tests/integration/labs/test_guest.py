"""The test guest keeps what tests/labs/README.md promises."""

from __future__ import annotations

import json
import subprocess
import time

import pytest
from labs.guest import BUILD, POWER_BUTTON, virsh

pytestmark = [pytest.mark.root, pytest.mark.guest]

AGENT = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"


def test_a_guest_says_the_token_of_its_command_line(running_guest):
    assert running_guest.wait_for(r"LAB-GUEST-READY token=(\w+)")[1] == running_guest.token


def test_a_guest_powers_off_when_the_button_is_pressed(running_guest):
    virsh("shutdown", "--mode", "acpi", running_guest.name)
    running_guest.wait_for(POWER_BUTTON)
    running_guest.wait_for_state("shut off")


def test_a_deaf_guest_ignores_the_button(make_guest):
    guest = make_guest("deaf", "lab.deaf")
    guest.boot()
    virsh("shutdown", "--mode", "acpi", guest.name)
    time.sleep(3)
    assert virsh("domstate", guest.name).strip() == "running"
    assert POWER_BUTTON not in guest.serial_log.read_text()


def test_a_guest_that_panics_says_so_on_its_console(make_guest):
    guest = make_guest("panic", "lab.panic")
    guest.boot()
    guest.wait_for("Kernel panic")


def test_a_plugged_in_cpu_comes_on_line(make_guest):
    guest = make_guest("cpus", most_vcpus=2)
    guest.boot()
    virsh("setvcpus", guest.name, "2", "--live")
    guest.wait_for(r"LAB-GUEST-CPU 1")


def test_the_agent_of_a_guest_answers(make_guest):
    guest = make_guest("agent", "lab.name=agatha", devices=AGENT)
    guest.boot()
    answer = virsh("qemu-agent-command", "--timeout", "10", guest.name, '{"execute": "guest-get-host-name"}')
    assert json.loads(answer)["return"]["host-name"] == "agatha"


def test_a_killed_build_leaves_no_guest_that_looks_whole(tmp_path, guest_image):
    build = subprocess.Popen(["sh", BUILD, tmp_path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    build.kill()
    build.wait()
    assert not (tmp_path / ".version").exists()
