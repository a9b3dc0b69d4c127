"""What tests left behind on this machine, found by the prefix of its name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from labs.daemons import answers
from labs.guest import virsh

if TYPE_CHECKING:
    from collections.abc import Iterator


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
