"""A server elsewhere that is lost while a new VM's files are on their way to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from labs.command_line import Convirt, wait_until
from labs.managed import DISK, DISK_IMAGE, TEMPLATE, disk_image
from labs.two_hosts import faults

from convirt_core.platforms import PART

if TYPE_CHECKING:
    from pathlib import Path

    from labs.guest import GuestImage
    from labs.two_hosts.lab import Lab

pytestmark = [pytest.mark.root, pytest.mark.guest]

UNAVAILABLE = 5


@pytest.fixture
def convirt(two_hosts: Lab, guest_image: GuestImage, disk_folder: Path, tmp_path: Path) -> Convirt:
    """A `convirt` with the server `h1`, and the image `disk`."""
    convirt = Convirt(tmp_path, HOME=str(two_hosts.client.home))
    places = ("--option", f"VM_DISKS_DIR={disk_folder}/vms", "--option", f"VM_IMAGES_DIR={disk_folder}/images")
    convirt.done("server", "add", "h1", "--address", "h1", "--platform", "kvm", "--option", "accelerator=tcg", *places)
    (tmp_path / "template").write_text(TEMPLATE + DISK)
    disk_image(tmp_path)
    files = ("--kernel", str(guest_image.kernel), "--ramdisk", str(guest_image.initrd))
    disk = ("--disk", str(tmp_path / DISK_IMAGE))
    convirt.done("group", "add", "lab")
    convirt.done("image", "add", "disk", "kvm", "lab", "--template", str(tmp_path / "template"), *files, *disk)
    return convirt


def test_it_says_what_was_lost_during_what_and_can_be_repeated(
    convirt: Convirt, two_hosts: Lab, disk_folder: Path, prefix: str
) -> None:
    name = f"{prefix}cut"
    with faults.slow_link(two_hosts.h1, "20mbit"):
        process = convirt.begin("provision", "disk", name, "--server", "h1", "--no-start")
        wait_until(lambda: any(disk_folder.glob(f"images/*/*{PART}")), "a file is on its way")
        faults.kill_sshd_sessions(two_hosts.h1)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == UNAVAILABLE
    assert "Error: h1 was lost while the disk vda was made from vda.qcow2.\n" in said
    assert "Repeat it when 'convirt server check h1' is content." in said
    assert "/bin/sh" not in said
    assert not list(disk_folder.glob("vms/*"))
    convirt.done("provision", "disk", name, "--server", "h1", "--no-start")
    convirt.done("vm", "remove", name, "--yes")
