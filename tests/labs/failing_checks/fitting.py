"""Ways to fail for the checks of `checks.fitting`: a server that does not suit the VM."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from labs.failing_checks.scene import LIVE, OFFLINE, Scene, mounted
from labs.two_hosts import faults
from labs.two_hosts.host import Host

CAPABILITIES = "var/cache/libvirt/qemu/capabilities"


@contextmanager
def other_libvirt(host: Host, edit: Callable[[str], str], name: str = "*.xml") -> Iterator[None]:
    """What a host's libvirt knows of its QEMU is edited, in the files where it keeps that."""
    files = list((host.folder / CAPABILITIES).glob(name))
    assert files
    before = {file: file.read_text() for file in files}
    with faults.killed_libvirtd(host):
        for file, text in before.items():
            file.write_text(edit(text))
    try:
        yield
    finally:
        with faults.killed_libvirtd(host):
            for file, text in before.items():
                file.write_text(text)


def restart_libvirt(host: Host) -> None:
    """End a host's libvirtd and start it again."""
    with faults.killed_libvirtd(host):
        pass


def architecture_missing(scene: Scene) -> set[str]:
    emulator = "/usr/local/bin/qemu-system-aarch64"
    known_as = f"{hashlib.sha256(emulator.encode()).hexdigest()}.xml"
    with mounted(scene.h1, "tmpfs", "/usr/local/bin", "-t", "tmpfs"):
        scene.h1.run("ln", "-s", "/usr/bin/qemu-system-x86_64", emulator)
        restart_libvirt(scene.h1)
        scene.h1.virsh("capabilities")
        with other_libvirt(scene.h1, lambda text: text.replace("<arch>x86_64<", "<arch>aarch64<"), known_as):
            vm = scene.vm("arm", edit={"arch='x86_64'": "arch='aarch64'", "<features><acpi/></features>": ""})
            codes = scene.codes(vm)
            scene.h1.virsh("undefine", vm.name)
    restart_libvirt(scene.h1)
    return codes


def virtualization_missing(scene: Scene) -> set[str]:
    vm = scene.vm(edit={"type='qemu'": "type='kvm'"})
    assert "virtualization-missing" not in scene.codes(vm)
    with mounted(scene.h2, "/etc/hostname", "/dev/kvm", "--bind", "-o", "ro"):
        restart_libvirt(scene.h2)
        codes = scene.codes(vm)
    restart_libvirt(scene.h2)
    return codes


def machine_missing(scene: Scene) -> set[str]:
    vm = scene.vm(edit={"machine='pc'": "machine='pc-i440fx-2.9'"})
    assert "machine-missing" not in scene.codes(vm)
    with other_libvirt(scene.h2, lambda text: text.replace("name='pc-i440fx-2.9'", "name='pc-i440fx-2.x'")):
        return scene.codes(vm)


def cpu_incompatible(scene: Scene) -> set[str]:
    model = "<cpu mode='custom' match='exact' check='none'><model fallback='forbid'>Icelake-Server</model></cpu>"
    return scene.codes(scene.vm(edit={"<devices>": f"{model}<devices>"}))


def hypervisor_older(scene: Scene) -> set[str]:
    vm = scene.vm()
    assert "hypervisor-older" not in scene.codes(vm, LIVE)
    with other_libvirt(scene.h2, lambda text: re.sub(r"<version>\d+<", "<version>6002000<", text)):
        return scene.codes(vm, LIVE)


def memory_short(scene: Scene) -> set[str]:
    return scene.codes(scene.vm(memory_mib=4 << 20))


def memory_short_for_all(scene: Scene) -> set[str]:
    node = scene.app.grid.find_server("h2")
    free = scene.app.servers.get(node.id).look(lambda vnode: vnode.hypervisor_facts()).memory_free_bytes
    share_mib = int((free or 0) * 0.7) >> 20
    first, second = (scene.vm(name, memory_mib=share_mib) for name in ("one", "two"))
    memory_bytes = first.vm.memory_limit_bytes + second.vm.memory_limit_bytes
    plan = scene.plan(first, OFFLINE, of_all_bytes=memory_bytes)
    return {finding.code for finding in plan.findings} - {"memory-short"}
