"""Ways to fail for the checks of `checks.identity`: what the VM is, and what hangs on it."""

from __future__ import annotations

from labs.failing_checks.scene import Scene, disk, qcow2


def name_taken(scene: Scene) -> set[str]:
    vm = scene.vm()
    scene.h2.virsh("define", scene.travels.folder / f"{vm.name}.xml")  # it has no UUID, and gets another
    return scene.codes(vm)


def key_taken(scene: Scene) -> set[str]:
    vm = scene.vm()
    xml = scene.h1.virsh("dumpxml", vm.name).replace(f"<name>{vm.name}<", f"<name>{vm.name}-x<")
    file = scene.travels.folder / "twin.xml"
    file.write_text(xml)
    scene.h2.virsh("define", file)
    try:
        return scene.codes(vm)
    finally:
        scene.h2.virsh("undefine", f"{vm.name}-x")


def snapshots(scene: Scene) -> set[str]:
    vm = scene.vm(devices=disk(qcow2(scene)))
    scene.h1.virsh("snapshot-create-as", vm.name, "before")
    return scene.codes(vm)


def linked(scene: Scene) -> set[str]:
    vm = scene.vm(devices=disk(qcow2(scene)))
    scene.travels.here.done("vm", "clone", vm.name, f"{vm.name}-clone", "--linked")
    try:
        return scene.codes(vm)
    finally:
        scene.travels.here.done("vm", "remove", f"{vm.name}-clone", "--yes")


def host_devices(scene: Scene) -> set[str]:
    address = "<address domain='0x0000' bus='0x00' slot='0x1f' function='0x0'/>"
    return scene.codes(
        scene.vm(devices=f"<hostdev mode='subsystem' type='pci' managed='yes'><source>{address}</source></hostdev>")
    )
