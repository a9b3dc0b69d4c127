"""Every check of a migration, made to fail for real; the list comes from the code, so none is left out."""

from __future__ import annotations

import hashlib
import re
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import evolve
from labs.command_line import end, wait_until
from labs.guest import LabGuest
from labs.migration_jobs import SLOW, remaining_bytes
from labs.two_hosts import faults
from labs.two_hosts.host import Host

from convirt_core.app import Application
from convirt_core.model import Finding, MigrationOptions
from convirt_core.services.listed import ListedVM
from convirt_core.services.migration import CHECKS, Check, Plan
from convirt_core.services.migration.checks.surroundings import PORTS
from convirt_core.settings import Settings

pytestmark = [pytest.mark.root, pytest.mark.guest]

PRIVATE = "/srv/checks"
CAPABILITIES = "var/cache/libvirt/qemu/capabilities"
OFFLINE, LIVE = MigrationOptions(live=False), MigrationOptions(live=True)
COPY = MigrationOptions(live=False, copy_storage=True)


class Scene:
    """An application with both hosts, and what a check is to stumble over.

    :param make_stopped: makes a stopped VM on a host
    """

    def __init__(self, app: Application, travels, make_stopped: Callable[..., LabGuest]) -> None:
        self.app = app
        self.travels = travels
        self.h1: Host = travels.lab.h1
        self.h2: Host = travels.lab.h2
        self.make = make_stopped
        self.seen: Sequence[Finding] = ()

    def vm(self, name: str = "one", edit: Mapping[str, str] | None = None, **settings: object) -> ListedVM:
        """A stopped VM on h1; `edit` replaces words of its definition."""
        guest = self.make(name, **settings)
        if edit:
            xml = guest.xml
            for old, new in edit.items():
                xml = xml.replace(old, new)
            self.define(self.h1, xml, guest)
        return self.app.vms.find(f"h1/{guest.name}")

    def define(self, host: Host, xml: str, guest: LabGuest) -> None:
        """Define a text on a host; a known name keeps its UUID."""
        uuid = guest.virsh("domuuid", guest.name).strip() if host is self.h1 else ""
        if uuid:
            xml = xml.replace("</name>", f"</name><uuid>{uuid}</uuid>")
        file = self.travels.folder / "edited.xml"
        file.write_text(xml)
        host.virsh("define", file)

    def codes(self, vm: ListedVM, options: MigrationOptions = OFFLINE, to: str = "h2") -> set[str]:
        """The codes of what stands against moving a VM."""
        return {finding.code for finding in self.plan(vm, options, to).findings}

    def plan(self, vm: ListedVM, options: MigrationOptions, to: str = "h2", *, of_all_bytes: int = 0) -> Plan:
        """The plan for moving a VM; its findings are kept as `seen`."""
        plan = self.app.migrations.plan(vm, self.app.grid.find_server(to), options, memory_of_all_bytes=of_all_bytes)
        self.seen = plan.findings
        return plan

    def file(self, host: Host, name: str, content: str = "x") -> str:
        """A file that one host has for itself; return its path."""
        host.run("mkdir", "-p", PRIVATE)
        (host.folder / PRIVATE.lstrip("/") / name).write_text(content)
        return f"{PRIVATE}/{name}"


@pytest.fixture
def scene(travels, make_stopped, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    for name, value in travels.here.environment.items():
        monkeypatch.setenv(name, value)
    with Application.open(Settings.load(travels.here.environment)) as app:
        yield Scene(app, travels, make_stopped)
    for host in travels.lab.hosts:
        host.run("rm", "-rf", PRIVATE)


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


@contextmanager
def mounted(host: Host, source: str, target: str, *options: str) -> Iterator[None]:
    """Something else lies over a file or folder of a host."""
    host.run("mount", *(options or ("--bind",)), source, target)
    try:
        yield
    finally:
        host.run("umount", target)


def disk(path: str, kind: str = "file", device: str = "disk", format_: str = "qcow2") -> str:
    source = "dev" if kind == "block" else "file"
    target = "<target dev='hdc' bus='ide'/><readonly/>" if device == "cdrom" else "<target dev='vda'/>"
    driver = f"<driver name='qemu' type='{format_}'/>"
    return f"<disk type='{kind}' device='{device}'>{driver}<source {source}='{path}'/>{target}</disk>"


def qcow2(scene: Scene, name: str = "disk.qcow2") -> str:
    scene.h1.run("mkdir", "-p", PRIVATE)
    scene.h1.run("qemu-img", "create", "-q", "-f", "qcow2", f"{PRIVATE}/{name}", "8M")
    return f"{PRIVATE}/{name}"


# -- one way to fail for each check ------------------------------------------------------------------------------------


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


def network_missing(scene: Scene) -> set[str]:
    return scene.codes(scene.vm(devices="<interface type='bridge'><source bridge='lonely'/></interface>"))


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
    make_it_fail = globals()[check.code.replace("-", "_")]
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
