"""Ways to fail for the checks of `checks.surroundings`: networks, clocks, ports and ways."""

from __future__ import annotations

from attrs import evolve
from labs.failing_checks.scene import LIVE, Scene, mounted
from labs.two_hosts import faults

from convirt_core.services.migration.checks.surroundings import PORTS


def network_missing(scene: Scene) -> set[str]:
    return scene.codes(scene.vm(devices="<interface type='bridge'><source bridge='lonely'/></interface>"))


def clock_skew(scene: Scene) -> set[str]:
    fast = scene.file(scene.h2, "date", "#!/bin/sh\nnow=$(cat /proc/uptime)\necho 4000000000.5\n")
    scene.h2.run("chmod", "755", fast)
    with mounted(scene.h2, fast, "/usr/bin/date"):
        return scene.codes(scene.vm())


def no_free_port(scene: Scene) -> set[str]:
    program = (
        "import socket, sys\n"
        f"held = [socket.create_server(('', port)) for port in range({PORTS[0]}, {PORTS[-1] + 1})]\n"
        "print('held', flush=True); sys.stdin.read()\n"
    )
    with scene.h2.begin("python3", "-c", program) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        try:
            return scene.codes(scene.vm(), LIVE)
        finally:
            process.stdin.close()  # to kill what stands here would leave the program on the host


def way_blocked(scene: Scene) -> set[str]:
    vm = scene.vm()
    with faults.cut_between(scene.h1, scene.h2):
        return scene.codes(vm, LIVE)


def data_way_unproved(scene: Scene) -> set[str]:
    vm = scene.vm()
    with faults.cut_between(scene.h1, scene.h2):
        return scene.codes(vm, evolve(LIVE, direct=True))
