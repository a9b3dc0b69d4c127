"""Ways to fail for the checks of `checks.being_there`: VM and servers as they are before a migration."""

from __future__ import annotations

import signal

from attrs import evolve
from labs.command_line import end, wait_until
from labs.failing_checks.scene import LIVE, Scene
from labs.migration_jobs import SLOW, remaining_bytes
from labs.two_hosts import faults


def vm_unknown(scene: Scene) -> set[str]:
    vm = scene.vm()
    scene.h1.virsh("undefine", vm.name)
    return scene.codes(vm)


def destination_down(scene: Scene) -> set[str]:
    vm = scene.vm()
    with faults.killed_libvirtd(scene.h2):
        return scene.codes(vm)


def same_server(scene: Scene) -> set[str]:
    return scene.codes(scene.vm(), to="h1")


def platform_differs(scene: Scene) -> set[str]:
    scene.app.grid.add_server("other-platform", platform="test")
    try:
        return scene.codes(scene.vm(), to="other-platform")
    finally:
        scene.app.grid.remove_server(scene.app.grid.find_server("other-platform"), force=True)


def under_way(scene: Scene) -> set[str]:
    guest = scene.make("moving", "lab.count=5")
    guest.virsh("start", guest.name)
    guest.wait_for(r"lab\.count \d+")
    with scene.travels.convirt.begin("vm", "migrate", guest.name, "--to", "h2", "--yes", *SLOW) as process:
        wait_until(lambda: remaining_bytes(scene.h1, guest.name) > 0, "memory is on its way")
        codes = scene.codes(scene.app.vms.find(f"h1/{guest.name}"), LIVE)
        end(process, signal.SIGINT)
    return codes


def vm_state(scene: Scene) -> set[str]:
    return scene.codes(scene.vm(), LIVE)


def options_unsupported(scene: Scene) -> set[str]:
    node = scene.travels.folder / "node.xml"
    node.write_text(
        "<node><domain type='test'><name>one</name><memory>1</memory><os><type>hvm</type></os></domain></node>"
    )
    for name, uri in (("test-1", "test:///default"), ("test-2", f"test://{node}")):
        scene.app.grid.add_server(name, platform="test", options={"uri": uri})
    try:
        return scene.codes(scene.app.vms.find("test-1/test"), evolve(LIVE, compress=True), to="test-2")
    finally:
        for name in ("test-1", "test-2"):
            scene.app.grid.remove_server(scene.app.grid.find_server(name), force=True)
