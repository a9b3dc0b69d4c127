"""Copies of an image stay on a server as long as a VM there stands on them, whoever knows of it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from labs.command_line import Convirt

pytestmark = [pytest.mark.root, pytest.mark.guest]

TEMPLATE = """\
name = '$VM_NAME'
memory = 64
disk = ['tap:qcow2:$VM_DISKS_DIR/$VM_NAME.qcow2,vda,w']
"""


@pytest.fixture
def convirt(libvirtd: None, tmp_path: Path, disk_folder: Path) -> Convirt:
    """This machine as `here`, with the image `base`."""
    convirt = Convirt(tmp_path)
    (tmp_path / "template").write_text(TEMPLATE)
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", tmp_path / "base.qcow2", "8M"], check=True)
    convirt.done("pool", "add", "lab")
    convirt.done("pool", "set", "lab", f"VM_DISKS_DIR={disk_folder}/vms", f"VM_IMAGES_DIR={disk_folder}/images")
    convirt.done("server", "add", "here", "--platform", "kvm", "--pool", "lab", "--option", "accelerator=tcg")
    convirt.done("group", "add", "lab")
    parts = ("--disk", str(tmp_path / "base.qcow2"), "--template", str(tmp_path / "template"))
    convirt.done("image", "add", "base", "kvm", "lab", *parts)
    return convirt


@pytest.fixture
def vm(convirt: Convirt, prefix: str) -> Iterator[str]:
    """A stopped VM with an overlay on the image's copy."""
    name = f"{prefix}overlay"
    convirt.done("provision", "base", name, "--no-start")
    yield name
    subprocess.run(["virsh", "-q", "-c", "qemu:///system", "undefine", name], capture_output=True, check=False)


def test_they_stay_under_a_vm_that_the_inventory_has_forgotten(convirt: Convirt, vm: str, disk_folder: Path) -> None:
    convirt.done("server", "remove", "here", "--yes", "--force")
    convirt.done("server", "add", "here", "--platform", "kvm", "--pool", "lab", "--option", "accelerator=tcg")
    result = convirt("image", "remove", "base", "--yes")
    assert f"{vm} stands on them" in result.stdout + result.stderr
    chain = ["qemu-img", "info", "--backing-chain", disk_folder / "vms" / f"{vm}.qcow2"]
    subprocess.run(chain, check=True, capture_output=True)


def test_they_go_with_the_image_when_its_last_vm_is_gone(convirt: Convirt, vm: str, disk_folder: Path) -> None:
    convirt.done("vm", "remove", vm, "--yes")
    convirt.done("image", "remove", "base", "--yes")
    assert list((disk_folder / "images").iterdir()) == []
