"""Ways to fail for the checks of `checks.disks`: disks and files that the VM needs."""

from __future__ import annotations

import re
from pathlib import Path

from labs.failing_checks.scene import COPY, PRIVATE, Scene, disk, qcow2


def disk_not_shared(scene: Scene) -> set[str]:
    return scene.codes(scene.vm(devices=disk(qcow2(scene))))


def disk_unproved(scene: Scene) -> set[str]:
    return scene.codes(scene.vm(devices=disk("/dev/zero", kind="block", format_="raw")))


def disk_in_the_way(scene: Scene) -> set[str]:
    path = qcow2(scene)
    scene.file(scene.h2, Path(path).name)
    return scene.codes(scene.vm(devices=disk(path)), COPY)


def disk_space_short(scene: Scene) -> set[str]:
    path = qcow2(scene)
    scene.h2.run("mkdir", "-p", PRIVATE)
    scene.h2.run("mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", PRIVATE)
    try:
        return scene.codes(scene.vm(devices=disk(path)), COPY)
    finally:
        scene.h2.run("umount", PRIVATE)


def file_missing(scene: Scene) -> set[str]:
    iso = scene.file(scene.h1, "cd.iso")
    return scene.codes(scene.vm(devices=disk(iso, device="cdrom", format_="raw")))


def file_differs(scene: Scene) -> set[str]:
    iso = scene.file(scene.h1, "cd.iso", "here")
    scene.file(scene.h2, "cd.iso", "two!")
    return scene.codes(scene.vm(devices=disk(iso, device="cdrom", format_="raw")))


def _with_private(scene: Scene, tag: str) -> set[str]:
    path = scene.file(scene.h1, tag)
    vm = scene.vm()
    guest_file = re.search(f"<{tag}>(.*)</{tag}>", scene.h1.virsh("dumpxml", vm.name))
    assert guest_file
    return scene.codes(scene.vm("two", edit={guest_file[1]: path}))


def kernel_missing(scene: Scene) -> set[str]:
    return _with_private(scene, "kernel")


def ramdisk_missing(scene: Scene) -> set[str]:
    return _with_private(scene, "initrd")


def bootloader_missing(scene: Scene) -> set[str]:
    firmware = scene.file(scene.h1, "firmware")
    return scene.codes(scene.vm(edit={"<kernel>": f"<loader type='rom'>{firmware}</loader><kernel>"}))
