"""A `convirt` that manages this machine, with images of the test guest; every command that runs is written down."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pexpect
import pytest
from labs import cli_record
from labs.cli_here import ConvirtHere
from labs.guest import READY, virsh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from labs.guest import GuestImage


class Lab:
    """`convirt` with the server `here` and two images of the guest: `tiny` (no disk), `disk` (one of 64 MiB).

    :param folder: that QEMU can reach, for disks and saved states
    """

    def __init__(self, convirt: ConvirtHere, folder: Path, prefix: str) -> None:
        self.convirt = convirt
        self.folder = folder
        self.prefix = prefix

    def state(self, name: str) -> str:
        """The VM's state as ConVirt sees it."""
        return self.convirt.json("vm", "info", name)["vm"]["state"]

    def spawn(self, *arguments: str) -> pexpect.spawn:
        """Begin a command on a terminal of its own, with a record of what runs."""
        command = [cli_record.__file__, *arguments]
        environment = {**os.environ, **self.convirt.environment, "TERM": "xterm", "PYTHONPATH": str(LABS_PARENT)}
        environment.setdefault(cli_record.RECORD, str(self.convirt.home / "record"))
        return pexpect.spawn(sys.executable, command, env=environment, timeout=30, encoding="utf-8")


TEMPLATE = """\
name = '$VM_NAME'
memory = 128
vcpus = 1
kernel = '$KERNEL'
ramdisk = '$RAMDISK'
extra = 'console=ttyS0 quiet lab.token=$TOKEN $WORDS'
"""
DISK = "disk = ['tap:qcow2:$VM_DISKS_DIR/$VM_NAME.qcow2,vda,w']\n"

LABS_PARENT = Path(cli_record.__file__).parent.parent


@pytest.fixture(scope="module")
def lab(libvirtd: None, guest_image: GuestImage, lab_folder: Path, prefix: str) -> Iterator[Lab]:
    """This machine under management, for the tests of one module."""
    home = Path(tempfile.mkdtemp(prefix="convirt-cli-"))
    folder = Path(tempfile.mkdtemp(dir=lab_folder))
    folder.chmod(0o755)
    convirt = ConvirtHere(home, guest=True)
    convirt.done("pool", "add", "lab")
    convirt.done("pool", "set", "lab", f"VM_DISKS_DIR={folder}/vms", f"VM_IMAGES_DIR={folder}/images")
    convirt.done("server", "add", "here", "--platform", "kvm", "--pool", "lab", "--option", "accelerator=tcg")
    convirt.done("group", "add", "lab")
    kernel = ["--kernel", str(guest_image.kernel), "--ramdisk", str(guest_image.initrd), "--template"]
    tiny, disk, base = home / "tiny.template", home / "disk.template", folder / "base.qcow2"
    tiny.write_text(TEMPLATE)
    disk.write_text(TEMPLATE + DISK)
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", base, "64M"], check=True)
    convirt.done("image", "add", "tiny", "kvm", "lab", *kernel, str(tiny))
    convirt.done("image", "add", "disk", "kvm", "lab", *kernel, str(disk), "--disk", str(base))
    yield Lab(convirt, folder, prefix)
    shutil.rmtree(home)


@pytest.fixture
def make_vm(lab: Lab) -> Iterator[Callable[..., str]]:
    """`make_vm(*options, image="tiny")` provisions a VM and returns its name; it is removed after the test."""
    made: list[str] = []

    def make(*options: str, image: str = "tiny", words: str = "") -> str:
        name = f"{lab.prefix}{secrets.token_hex(3)}"
        made.append(name)
        settings = ["--setting", f"TOKEN={name}", "--setting", f"WORDS={words}"]
        lab.convirt.done("provision", image, name, *settings, *options)
        return name

    yield make
    for name in made:
        remove(lab, name)


@pytest.fixture
def stopped(make_vm: Callable[..., str]) -> str:
    """A VM that does not run."""
    return make_vm("--no-start")


@pytest.fixture
def wait_for(lab: Lab) -> Callable[..., None]:
    """`wait_for(vm, words)` waits until the guest has said the words on its serial console."""

    def wait(name: str, words: str, *, seconds: float = 60) -> None:
        child = lab.spawn("vm", "console", name, "--force")
        try:
            child.expect(re.escape(words), timeout=seconds)
            child.send("\x1d")
            child.expect(pexpect.EOF)
        finally:
            child.close(force=True)

    return wait


@pytest.fixture
def booted(make_vm: Callable[..., str], wait_for: Callable[..., None]) -> str:
    """A VM whose guest is up and answers on its serial console."""
    name = make_vm()
    wait_for(name, f"{READY} token={name}")
    return name


def remove(lab: Lab, name: str) -> None:
    """Remove a VM in whichever state it is; one that is gone is all right."""
    if name in virsh("list", "--all", "--name").split():
        lab.convirt("vm", "kill", name, "--force")
        lab.convirt.done("vm", "remove", name, "--yes", "--force")
