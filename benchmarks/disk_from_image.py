"""A VM's disk from an image on the same file system against the plain commands."""

from __future__ import annotations

import itertools
import os
import subprocess
import tempfile
from pathlib import Path

from _side_by_side import ratio, report

from convirt_core.model import Disk, Image
from convirt_core.remote import LocalProxy
from convirt_core.services.images import checksums
from convirt_core.services.provisioning.copies import ImageCopies
from convirt_core.services.provisioning.disk_maker import DiskMaker
from convirt_core.services.provisioning.disk_plans import DiskPlan

SIZE_MIB = 256


def run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)


with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:  # not /tmp, which may be memory
    base = Path(folder) / "image" / "vda.qcow2"
    base.parent.mkdir()
    raw = Path(folder) / "raw"
    raw.write_bytes(os.urandom(1 << 20) * SIZE_MIB)
    run("qemu-img", "convert", "-O", "qcow2", str(raw), str(base))
    raw.unlink()
    checksums.write(base.parent, checksums.of_folder(base.parent))  # as every image of the store has them
    image = Image("bench", "bench", "kvm", "", base.parent)
    proxy = LocalProxy()
    copies = ImageCopies(proxy, f"{folder}/copies", image)
    copies.provide(base.name)
    number = itertools.count()

    def ours(*, whole: bool) -> None:
        path = f"{folder}/ours-{next(number)}.qcow2"
        plan = DiskPlan(Disk("vda", path, format="qcow2"), base.name, 0)
        DiskMaker(proxy, image, copies, whole=whole, check=lambda: None).make(plan)
        Path(path).unlink()

    def overlay() -> None:
        path = f"{folder}/theirs-{next(number)}.qcow2"
        run("qemu-img", "create", "-q", "-f", "qcow2", "-b", str(base), "-F", "qcow2", path)
        Path(path).unlink()

    def copy() -> None:
        path = f"{folder}/theirs-{next(number)}.qcow2"
        run("cp", "--reflink=auto", str(base), path)
        Path(path).unlink()

    # each takes some 20 ms: a few of them would measure what else the machine does
    report("overlay of an image disk / qemu-img create -b", ratio(lambda: ours(whole=False), overlay, rounds=75), 1.2)
    report("whole copy of an image disk / cp --reflink=auto", ratio(lambda: ours(whole=True), copy, rounds=7), 1.2)
