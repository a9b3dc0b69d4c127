"""What tests left behind: on this machine, found by the prefix of its name; on a host of a lab, whatever it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from labs.daemons import answers
from labs.guest import virsh

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labs.two_hosts.host import Host

KINDS = {"pool": "storage pool", "net": "network"}
"""What virsh calls what we call otherwise."""


def remains(prefix: str) -> list[str]:
    """Domains, storage pools, volumes and QEMU processes whose name starts with `prefix`, each said in words."""
    found = [f"QEMU process {pid} of {name}" for pid, name in qemu_processes() if name.startswith(prefix)]
    if not answers():
        return found
    found += [f"domain {name}" for name in names("list", "--all", "--name") if name.startswith(prefix)]
    for pool in names("pool-list", "--all", "--name"):
        if pool.startswith(prefix):
            found.append(f"storage pool {pool}")
    for pool in names("pool-list", "--name"):
        volumes = [line.split()[0] for line in names("vol-list", pool)]
        found += [f"volume {volume} in pool {pool}" for volume in volumes if volume.startswith(prefix)]
    return found


def remains_on(host: Host) -> list[str]:
    """Domains, storage pools, networks and QEMU processes of a host of a lab, each said in words."""
    found = [f"domain {name}" for name in host.virsh("list", "--all", "--name").split()]
    for kind, what in KINDS.items():
        found += [f"{what} {name}" for name in host.virsh(f"{kind}-list", "--all", "--name").split()]
    found += [f"QEMU process {one.pid}" for one in host.processes() if one.name.startswith("qemu-system")]
    return [f"{what} on {host.name}" for what in found]


def clear(host: Host) -> None:
    """Remove all that `remains_on` a host, so that the tests that follow find it empty."""
    for domain in host.virsh("list", "--uuid").split():
        host.virsh("destroy", domain)
    for domain in host.virsh("list", "--all", "--uuid").split():
        host.virsh("undefine", domain, "--managed-save", "--snapshots-metadata")
    for kind in KINDS:
        for name in host.virsh(f"{kind}-list", "--name").split():
            host.virsh(f"{kind}-destroy", name)
        for name in host.virsh(f"{kind}-list", "--all", "--name").split():
            host.virsh(f"{kind}-undefine", name)


def names(*words: str) -> list[str]:
    """The lines of a listing of virsh."""
    return [line.strip() for line in virsh(*words).splitlines() if line.strip()]


def qemu_processes() -> Iterator[tuple[int, str]]:
    """Process id and domain name of each QEMU that libvirt started (`-name guest=NAME,…`)."""
    for command_line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = command_line.read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        for word in words:
            if word.startswith(b"guest="):
                yield int(command_line.parent.name), word.removeprefix(b"guest=").partition(b",")[0].decode()
