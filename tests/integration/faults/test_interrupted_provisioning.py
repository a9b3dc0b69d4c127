"""A provisioning that ends at any point leaves nothing: at once when asked to end, else at the next command."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from labs.command_line import end, wait_until, wait_until_held
from labs.managed import Lab

pytestmark = [pytest.mark.root, pytest.mark.guest]

INTERRUPTED = 130
POINTS = (
    "reads the image",
    "makes the disk vda",
    "before folder",
    "before file",
    "copies the disk vda",
    "sends vmlinuz",
    "defines the VM",
    "before domain",
    "before record",
    "writes a VM",
    "starts the VM",
    "at the end",
)
POINTS_OF_A_COPY = ("before file", "copies the disk vda", "sends vmlinuz")


def provision_until(lab: Lab, point: str, how: signal.Signals, *words: str) -> tuple[int, str]:
    """Provision a VM up to a point and end it there with a signal; return its exit code and what it said."""
    process = lab.convirt.begin("provision", "disk", *words, held_at=point)
    wait_until_held(process)
    return end(process, how)


def check_that_a_killed_provisioning_is_cleared_and_can_be_repeated(lab: Lab, name: str, point: str, *how: str) -> None:
    provision_until(lab, point, signal.SIGKILL, name, *how)

    listed = lab.convirt("vm", "list")
    assert listed.returncode == 0
    assert f"Provision {name} from disk on here was interrupted" in listed.stderr
    assert lab.traces(name) == []

    lab.convirt.done("provision", "disk", name, *how, "--no-start")
    lab.convirt.done("vm", "remove", name, "--yes")
    assert lab.traces(name) == []


@pytest.mark.parametrize("point", POINTS)
def test_the_next_command_clears_up_after_a_killed_provisioning(lab: Lab, vm_name: str, point: str) -> None:
    check_that_a_killed_provisioning_is_cleared_and_can_be_repeated(lab, vm_name, point)


@pytest.mark.parametrize("point", POINTS_OF_A_COPY)
def test_the_next_command_clears_up_after_a_killed_copy(lab: Lab, vm_name: str, point: str) -> None:
    check_that_a_killed_provisioning_is_cleared_and_can_be_repeated(lab, vm_name, point, "--copy")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("point", POINTS)
def test_an_interrupted_provisioning_leaves_nothing(lab: Lab, vm_name: str, point: str, how: signal.Signals) -> None:
    code, said = provision_until(lab, point, how, vm_name)

    assert code == INTERRUPTED, said
    assert lab.traces(vm_name) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_interruption_ends_the_command_that_makes_the_disk(
    lab: Lab, vm_name: str, tmp_path: Path, how: signal.Signals
) -> None:
    slow = tmp_path / "bin" / "qemu-img"
    slow.parent.mkdir()
    slow.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/fresh; mv {tmp_path}/fresh {tmp_path}/pid; exec sleep 60\n")
    slow.chmod(0o755)
    lab.convirt.environment["PATH"] = f"{slow.parent}:{os.environ['PATH']}"
    process = lab.convirt.begin("provision", "disk", vm_name)
    wait_until((tmp_path / "pid").exists, "qemu-img runs")

    code, said = end(process, how)

    assert code == INTERRUPTED, said
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()
    assert lab.traces(vm_name) == []
