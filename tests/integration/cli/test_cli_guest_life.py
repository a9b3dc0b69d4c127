"""The life of a real guest, through the command line."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pexpect
import pytest
from labs.guest import POWER_BUTTON, READY, virsh

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.root, pytest.mark.guest]

# `lab` is convirt with this machine, `make_vm` provisions a VM, `stopped` and `booted` are one: see conftest.py.


def test_a_guest_is_paused_resumed_reset_and_killed(lab, booted: str) -> None:
    for operation, after in (("pause", "paused"), ("resume", "running"), ("reset", "running"), ("kill", "stopped")):
        ran = lab.convirt("vm", operation, booted, "--deadline", "30", "--force", "--json")
        assert ran.code == 0, ran.err
        assert ran.json["results"][0]["ok"] is True
        assert lab.state(booted) == after


def test_a_stopped_vm_is_started(lab, stopped: str) -> None:
    assert lab.convirt("vm", "start", stopped, "--deadline", "60", "--force", "--json").code == 0
    assert "running" in virsh("domstate", stopped)


def test_an_answer_may_be_as_old_as_is_said(lab, stopped: str) -> None:
    def state(*age: str) -> str:
        vms = lab.convirt.json("vm", "list", "--server", "here", "--deadline", "20", *age)["vms"]
        return next(vm["state"] for vm in vms if vm["name"] == stopped)

    assert state("--max-age", "60") == "stopped"
    virsh("start", stopped)
    assert state("--max-age", "60") == "stopped"
    assert state() == "running"


def test_a_shutdown_is_seen_by_the_guest(lab, booted: str) -> None:
    child = lab.spawn("vm", "console", booted, "--force")
    child.expect("Ctrl-]")
    assert lab.convirt("vm", "shutdown", booted, "--deadline", "60", "--force", "--json").code == 0
    child.expect(POWER_BUTTON)
    child.close(force=True)
    assert lab.state(booted) == "stopped"


def test_a_deaf_guest_is_said_to_be_still_running_and_what_to_try(lab, make_vm: Callable[..., str], wait_for) -> None:
    name = make_vm(words="lab.deaf")
    wait_for(name, f"{READY} token={name}")
    began = time.monotonic()
    ran = lab.convirt("vm", "shutdown", name, "--deadline", "5")
    assert 5 <= time.monotonic() - began < 15
    assert ran.code == 6
    assert "still running" in ran.err
    assert "kill" in ran.err
    assert lab.convirt("vm", "kill", name).code == 0


def test_a_vm_that_is_slow_to_shut_down_has_a_deadline_of_its_own(lab, make_vm: Callable[..., str], wait_for) -> None:
    name = make_vm(words="lab.deaf")
    wait_for(name, f"{READY} token={name}")
    assert lab.convirt.json("vm", "set", name, "--deadline", "shutdown=3")["done"]
    began = time.monotonic()
    ran = lab.convirt("vm", "shutdown", name)
    assert 3 <= time.monotonic() - began < 13
    assert ran.code == 6
    assert "still running 3 s after" in ran.err
    assert lab.convirt("vm", "set", name, "--deadline", "shutdown=").code == 0
    assert lab.convirt("vm", "kill", name).code == 0


def test_a_guest_reboots(lab, booted: str, wait_for) -> None:
    child = lab.spawn("vm", "console", booted, "--force")
    child.expect("Ctrl-]")
    assert lab.convirt("vm", "reboot", booted, "--deadline", "90", "--force", "--json").code == 0
    child.expect(f"{READY} token={booted}", timeout=60)
    child.close(force=True)


def test_a_guest_is_saved_to_a_file_and_restored_from_it(lab, booted: str) -> None:
    path = str(lab.folder / f"{booted}.save")
    assert lab.convirt("vm", "save", booted, "--to", path, "--deadline", "60", "--force", "--json").code == 0
    assert lab.state(booted) == "stopped"
    restored = lab.convirt("vm", "restore", path, "--server", "here", "--deadline", "60", "--force", "--json")
    assert restored.code == 0, restored.err
    assert lab.state(booted) == "running"


def test_a_guest_that_the_hypervisor_saved_goes_on(lab, booted: str) -> None:
    assert lab.convirt("vm", "save", booted).code == 0
    assert lab.state(booted) == "saved"
    assert lab.convirt("vm", "start", booted).code == 0


def test_several_vms_are_started_at_once_and_listed(lab, make_vm: Callable[..., str]) -> None:
    names = [make_vm("--no-start") for _ in range(3)]
    assert lab.convirt("vm", "start", *names).code == 0
    running = lab.convirt.json("vm", "list", "--server", "here", "--pool", "lab", "--state", "running")["vms"]
    assert set(names) <= {vm["name"] for vm in running}
    assert all(vm["managed"] for vm in running if vm["name"] in names)
    told = lab.convirt.json("vm", "info", *names)["results"]
    assert [(one["target"], one["ok"], one["vm"]["state"]) for one in told] == [
        (name, True, "running") for name in names
    ]
    assert lab.convirt("vm", "kill", *names).code == 0


def test_a_vm_made_by_virsh_is_listed_unmanaged_started_and_imported(lab, make_guest: Callable[..., object]) -> None:
    guest = make_guest("outside")
    guest.define()
    listed = {vm["name"]: vm["managed"] for vm in lab.convirt.json("vm", "list")["vms"]}
    assert listed[guest.name] is False
    assert lab.convirt("vm", "start", guest.name).code == 0
    assert lab.convirt.json("vm", "import", guest.name)["results"][0]["ok"] is True
    listed = {vm["name"]: vm["managed"] for vm in lab.convirt.json("vm", "list")["vms"]}
    assert listed[guest.name] is True
    lab.convirt("vm", "kill", guest.name)
    assert lab.convirt("vm", "remove", guest.name, "--yes").code == 0


def test_a_vm_starts_with_its_server_or_not(lab, stopped: str) -> None:
    assert lab.convirt("vm", "autostart", stopped, "--on", "--force", "--json").code == 0
    assert "enable" in virsh("dominfo", stopped).split("Autostart:")[1].splitlines()[0]
    assert lab.convirt("vm", "autostart", stopped, "--off").code == 0
    assert "disable" in virsh("dominfo", stopped).split("Autostart:")[1].splitlines()[0]


def test_two_processes_on_one_vm_are_kept_apart(lab, make_vm: Callable[..., str], wait_for) -> None:
    name = make_vm(words="lab.deaf")
    wait_for(name, f"{READY} token={name}")
    child = lab.spawn("vm", "shutdown", name, "--deadline", "120")
    wait_until(lambda: lab.convirt.json("task", "list", "--running")["tasks"])
    ran = lab.convirt("vm", "kill", name)
    assert ran.code == 4
    assert f"Shutdown {name}" in ran.err
    child.kill(9)
    child.wait()
    assert lab.convirt("vm", "kill", name).code == 0


def test_ctrl_c_ends_the_wait_for_several_vms_and_holds_none_of_them(
    lab, make_vm: Callable[..., str], wait_for
) -> None:
    names = []
    for _ in range(2):
        names.append(make_vm(words="lab.deaf"))
        wait_for(names[-1], f"{READY} token={names[-1]}")
    child = lab.spawn("vm", "shutdown", *names, "--deadline", "120")
    try:
        wait_until(lambda: len(lab.convirt.json("task", "list", "--running")["tasks"]) == 2)
        child.sendintr()
        child.expect("Interrupted")
        child.expect(pexpect.EOF, timeout=10)
    finally:
        child.close(force=True)
    assert child.exitstatus == 130
    assert lab.convirt("vm", "kill", *names).code == 0


def wait_until(happened: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.2)


def test_removal_leaves_the_disks_when_asked(lab, make_vm: Callable[..., str]) -> None:
    name = make_vm("--no-start", image="disk")
    disk = lab.convirt.json("vm", "info", name)["disks"][0]["source"]
    assert lab.convirt("vm", "remove", name, "--keep-disks", "--yes", "--force", "--deadline", "20", "--json").code == 0
    assert subprocess.run(["test", "-s", disk], check=False).returncode == 0
    subprocess.run(["rm", disk], check=True)
