"""This machine under the management of a `convirt`, with images of the test guest."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labs.command_line import Convirt
from labs.guest import virsh

from convirt_core.store import Store

if TYPE_CHECKING:
    from labs.guest import GuestImage

TEMPLATE = """\
name = '$VM_NAME'
memory = 128
vcpus = 1
kernel = '$KERNEL'
ramdisk = '$RAMDISK'
extra = 'console=ttyS0 quiet $WORDS'
"""
DISK = "disk = ['tap:qcow2:$VM_DISKS_DIR/$VM_NAME.qcow2,vda,w']\n"
DISK_IMAGE = "base.qcow2"
DISK_MIB = 40
"""Data in the image's disk: more than is copied in one piece."""


@dataclass(frozen=True)
class Lab:
    """A person's `convirt` that manages this machine as the server `here`.

    :param folder: that QEMU's own user can reach, for the files of VMs
    """

    convirt: Convirt
    folder: Path

    def use(self, *, disks: Path, copies: Path) -> None:
        """Have the disks of new VMs and the copies of images in these folders."""
        self.convirt.done("pool", "set", "lab", f"VM_DISKS_DIR={disks}", f"VM_IMAGES_DIR={copies}")

    def traces(self, name: str) -> list[str]:
        """What there is of a VM: domain, files, row; and files that are half written, whatever they are for."""
        found = [f"domain {name}"] if name in virsh("list", "--all", "--name").split() else []
        names = (path for path in self.folder.rglob("*") if name in path.name or path.name.startswith("."))
        found += [f"file {path.relative_to(self.folder)}" for path in names]
        with Store.open(self.convirt.store) as store:
            found += [f"row {record.name}" for record in store.vms.all() if record.name == name]
        return found


def prepare(home: Path, guest: GuestImage) -> None:
    """Make a home with the server `here` and the images `tiny` (no disk) and `disk` (one with data)."""
    convirt = Convirt(home)
    convirt.done("pool", "add", "lab")
    convirt.done("server", "add", "here", "--platform", "kvm", "--pool", "lab", "--option", "accelerator=tcg")
    convirt.done("group", "add", "lab")
    disk = ("--disk", str(disk_image(home)))
    for name, template, more in (("tiny", TEMPLATE, ()), ("disk", TEMPLATE + DISK, disk)):
        file = home / f"{name}.template"
        file.write_text(template)
        kernel = ("--kernel", str(guest.kernel), "--ramdisk", str(guest.initrd))
        convirt.done("image", "add", name, "kvm", "lab", "--template", str(file), *kernel, *more)


def copy_home(prepared: Path, home: Path) -> Convirt:
    """Make a home with the inventory of a prepared one; the images stay there."""
    shutil.copytree(prepared, home, ignore=shutil.ignore_patterns("images", DISK_IMAGE))
    return Convirt(home)


def disk_image(folder: Path) -> Path:
    """Make a qcow2 disk with `DISK_MIB` of data."""
    raw, image = folder / "base.raw", folder / DISK_IMAGE
    with Path("/dev/urandom").open("rb") as source:
        raw.write_bytes(source.read(DISK_MIB << 20))
    subprocess.run(["qemu-img", "convert", "-q", "-O", "qcow2", raw, image], check=True)
    raw.unlink()
    return image
