"""A provisioning that ends at any point leaves nothing: at once when asked to end, else at the next command."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest
from labs.command_line import end, wait_until, wait_until_held
from labs.managed import TEMPLATE, Lab

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


RAW_DISK = "disk = ['file:$VM_DISKS_DIR/$VM_NAME.img,vda,w']\n"
"""Of another format than the image's: `qemu-img convert` makes it."""


def test_a_conversion_that_outlives_a_killed_provisioning_leaves_nothing(
    lab: Lab, vm_name: str, tmp_path: Path
) -> None:
    """It goes on to its end, in a file that has no name any more."""
    add_image_with_raw_disk(lab, tmp_path)
    pid = slow_qemu_img(lab, tmp_path, "convert -r 8M")  # bytes in a second, of 40 MiB
    process = lab.convirt.begin("provision", "raw", vm_name, "--copy")
    wait_until(pid.exists, "qemu-img runs")
    wait_until(lambda: list(lab.folder.rglob(f"{vm_name}.img")) != [], "it has begun to write")
    end(process, signal.SIGKILL)
    qemu_img = Path("/proc", pid.read_text().strip())
    assert qemu_img.exists()

    lab.convirt.done("vm", "list")
    assert lab.traces(vm_name) == []

    wait_until(lambda: not qemu_img.exists() or "Z" in (qemu_img / "stat").read_text(), "qemu-img has ended")
    assert lab.traces(vm_name) == []


def add_image_with_raw_disk(lab: Lab, folder: Path) -> None:
    """Add the image `raw`, whose disk is made in another format."""
    template = folder / "raw.template"
    template.write_text(TEMPLATE + RAW_DISK)
    images = Path(lab.convirt.json("image", "info", "disk")["image"]["folder"])
    files = (f"--kernel={next(images.glob('vmlinu*'))}", f"--ramdisk={next(images.glob('initrd*'))}")
    disk = f"--disk={next(images.glob('*.qcow2'))}"
    lab.convirt.done("image", "add", "raw", "kvm", "lab", "--template", str(template), *files, disk)


def slow_qemu_img(lab: Lab, folder: Path, words: str) -> Path:
    """Have `qemu-img convert` run with these words; return the file that gets its process id."""
    pid, program = folder / "pid", folder / "bin" / "qemu-img"
    program.parent.mkdir()
    real = shutil.which("qemu-img")
    program.write_text(
        f'#!/bin/sh\n[ "$1" = convert ] || exec {real} "$@"\nshift\n'
        f'echo $$ > {folder}/fresh; mv {folder}/fresh {pid}\nexec {real} {words} "$@"\n'
    )
    program.chmod(0o755)
    lab.convirt.environment["PATH"] = f"{program.parent}:{os.environ['PATH']}"
    return pid
