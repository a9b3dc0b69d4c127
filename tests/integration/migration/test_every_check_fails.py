"""Every check of a migration, made to fail for real; the list comes from the code, so none is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from attrs import evolve
from labs.failing_checks.scene import LIVE, OFFLINE, PRIVATE, Scene, disk, qcow2
from labs.failing_checks.ways import way_to_fail
from labs.two_hosts import faults

from convirt_core.app import Application
from convirt_core.services.migration import CHECKS, Check
from convirt_core.services.migration.checks.surroundings import PORTS
from convirt_core.settings import Settings

pytestmark = [pytest.mark.root, pytest.mark.guest]


@pytest.fixture
def scene(travels, make_stopped, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    for name, value in travels.here.environment.items():
        monkeypatch.setenv(name, value)
    with Application.open(Settings.load(travels.here.environment)) as app:
        yield Scene(app, travels, make_stopped)
    for host in travels.lab.hosts:
        host.run("rm", "-rf", PRIVATE)


SAYS = {
    "vm-unknown": "h1 has no VM ",
    "destination-down": "h2 does not answer: ",
    "same-server": "is on h1 already",
    "platform-differs": r"h1 runs \w+, other-platform runs test",
    "under-way": r"A migration of .* is under way: task \w+\.",
    "vm-state": "stopped",
    "options-unsupported": "test-1 cannot do this: ",
    "architecture-missing": "h2 cannot run guests for aarch64",
    "virtualization-missing": "h2 has no kvm for hvm guests",
    "machine-missing": "h2 does not know the machine pc-i440fx-2.9",
    "cpu-incompatible": "h2 cannot give .* its processor: ",
    "hypervisor-older": "h2 has .* 6.2.0, older than ",
    "memory-short": "may grow to .*, and h2 has ",
    "memory-short-for-all": "All VMs that go to h2 may grow to ",
    "name-taken": "h2 has another VM ",
    "key-taken": "h2 has a VM with its UUID already: .*-x, ",
    "snapshots": "has snapshots, which do not move: before",
    "linked": "The disks of .*-clone stand on those of ",
    "host-devices": "has a device of h1: pci ",
    "network-missing": "h2 has no bridge lonely",
    "disk-not-shared": f"h2 does not reach the disk vda: {PRIVATE}/disk.qcow2 is on h1 alone",
    "disk-unproved": "It cannot be proved that h2 reaches the disk vda: /dev/zero",
    "disk-in-the-way": f"h2 has another {PRIVATE}/disk.qcow2 already",
    "disk-space-short": f"h2 has 0 MiB free for {PRIVATE}, and the copies need ",
    "file-missing": f"h2 has no {PRIVATE}/cd.iso, which ",
    "file-differs": f"{PRIVATE}/cd.iso has another content on h2",
    "kernel-missing": f"h2 has no {PRIVATE}/kernel",
    "ramdisk-missing": f"h2 has no {PRIVATE}/initrd",
    "bootloader-missing": f"h2 has no {PRIVATE}/firmware",
    "clock-skew": "The clock of h2 is .* s ahead of that of h1",
    "no-free-port": f"On h2 every port from {PORTS[0]} to {PORTS[-1]} is in use",
    "way-blocked": "libvirt on h1 does not reach libvirt on h2: ",
    "data-way-unproved": "h1 does not reach h2 at .*, port 49215",
}
"""What each says when it has looked and found: that it could not look is no proof that it works."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_the_check_fails_where_it_should(scene: Scene, check: Check) -> None:
    make_it_fail = way_to_fail(check)
    make_it_fail(scene)
    found = [finding for finding in scene.seen if finding.code == check.code]
    assert {finding.severity for finding in found} == {check.severity}
    assert re.search(SAYS[check.code], found[0].message)


@pytest.mark.parametrize(("direct", "code"), [(False, "way-blocked"), (True, "data-way-unproved")])
def test_servers_that_are_cut_from_each_other_are_no_way_for_a_direct_migration_either(
    scene: Scene, direct: bool, code: str
) -> None:
    vm = scene.vm()
    assert code not in scene.codes(vm, evolve(LIVE, direct=direct))
    with faults.cut_between(scene.h1, scene.h2):
        plan = scene.plan(vm, evolve(LIVE, direct=direct))
    found = next(finding for finding in plan.findings if finding.code == code)
    assert "--direct" not in f"{found.message} {found.remedy}"


def test_nothing_stands_against_a_plain_vm(scene: Scene) -> None:
    assert scene.plan(scene.vm(), OFFLINE).findings == ()


def test_the_command_says_that_nothing_stands_against_it(scene: Scene) -> None:
    said = scene.travels.here.done("vm", "migrate", scene.vm().name, "--to", "h2", "--check")
    assert said.startswith("Nothing stands against moving ")


def test_the_command_says_what_stands_against_it(scene: Scene) -> None:
    vm = scene.vm(devices=disk(qcow2(scene)))
    ran = scene.travels.here("vm", "migrate", vm.name, "--to", "h2", "--check")
    assert ran.code == 4
    assert "h2 does not reach the disk vda" in ran.out


def test_errors_refuse_unless_forced(scene: Scene) -> None:
    vm = scene.vm(devices=disk(qcow2(scene)))
    refused = scene.travels.here("vm", "migrate", vm.name, "--to", "h2")
    assert refused.code == 4
    scene.travels.here.done("vm", "migrate", vm.name, "--to", "h2", "--force")
    assert vm.name in scene.h2.virsh("list", "--all", "--name").split()


def test_warnings_ask(scene: Scene) -> None:
    vm = scene.vm(devices=disk(qcow2(scene)))
    scene.travels.here.done("vm", "clone", vm.name, f"{vm.name}-clone", "--linked")
    try:
        asked = scene.travels.here("vm", "migrate", vm.name, "--to", "h2", "--copy-storage")
        assert "Nobody is here to answer" in asked.err
        scene.travels.migrate(vm.name, scene.h2, "--copy-storage")
    finally:
        scene.travels.here.done("vm", "remove", f"{vm.name}-clone", "--yes")
