"""What a definition needs of the server it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.model import Finding, Severity
from convirt_core.platforms import missing_networks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.platforms import VMConfig, VNode


def check_against(config: VMConfig, vnode: VNode) -> list[Finding]:
    """Return what the definition names and the server has not.

    That refuses a new definition. One that is there already may be changed although a CD has gone since.
    """
    severity = Severity.WARNING if config.digest else Severity.ERROR
    findings = (*_files(config, vnode), *missing_networks(config.nics(), vnode))
    return [evolve(found, severity=severity) for found in findings]


def _files(config: VMConfig, vnode: VNode) -> Iterator[Finding]:
    for key in ("kernel", "ramdisk"):
        path = config.get(key)
        if isinstance(path, str) and not vnode.session.proxy.stat(path):
            yield _missing(
                f"{key}-missing", "Boot", f"{vnode.node.name} has no file {path}.", f"Copy it, or set {key}."
            )
    for path in config.programs():
        if not vnode.session.proxy.stat(path):
            yield _missing("program-missing", "Boot", f"{vnode.node.name} has no program {path}.", "Install it there.")
    for disk in config.disks():
        if disk.source.startswith("/") and not vnode.session.proxy.stat(disk.source):
            message = f"{vnode.node.name} has no file {disk.source} for the disk {disk.target}."
            yield _missing("disk-missing", "Disk", message, "Make it, or name another.")


def _missing(code: str, category: str, message: str, remedy: str) -> Finding:
    return Finding(code, category, Severity.ERROR, message, remedy)
