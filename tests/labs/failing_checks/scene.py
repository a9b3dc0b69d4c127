"""What a check of a migration is to stumble over, and what stands in its way there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from labs.guest import LabGuest
from labs.two_hosts.host import Host

from convirt_core.app import Application
from convirt_core.model import Finding, MigrationOptions
from convirt_core.services.listed import ListedVM
from convirt_core.services.migration import Plan

PRIVATE = "/srv/checks"
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


@contextmanager
def mounted(host: Host, source: str, target: str, *options: str) -> Iterator[None]:
    """Something else lies over a file or folder of a host."""
    host.run("mount", *(options or ("--bind",)), source, target)
    try:
        yield
    finally:
        host.run("umount", target)


def disk(path: str, kind: str = "file", device: str = "disk", format_: str = "qcow2") -> str:
    """A disk, or a drive with a CD, as a definition has it."""
    source = "dev" if kind == "block" else "file"
    target = "<target dev='hdc' bus='ide'/><readonly/>" if device == "cdrom" else "<target dev='vda'/>"
    driver = f"<driver name='qemu' type='{format_}'/>"
    return f"<disk type='{kind}' device='{device}'>{driver}<source {source}='{path}'/>{target}</disk>"


def qcow2(scene: Scene, name: str = "disk.qcow2") -> str:
    """An empty disk that h1 has for itself; return its path."""
    scene.h1.run("mkdir", "-p", PRIVATE)
    scene.h1.run("qemu-img", "create", "-q", "-f", "qcow2", f"{PRIVATE}/{name}", "8M")
    return f"{PRIVATE}/{name}"
