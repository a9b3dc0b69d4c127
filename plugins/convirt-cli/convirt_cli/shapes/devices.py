"""Disks, network cards and snapshots of a VM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_cli.parts import Facts, Table
from convirt_cli.shapes.amounts import time_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.model import Disk, GraphicalConsole, Nic, Snapshot
    from convirt_core.platforms import VMDetails

DISK_KEYS = {
    "target": "the guest's device name",
    "source": "path on the server; empty for an empty drive",
    "device": "`disk`, `cdrom` or `floppy`",
    "format": "of the source, or empty",
    "bus": "`virtio`, `ide`, …, or empty",
    "read_only": "whether the guest may only read it",
    "shareable": "whether several VMs may use it at once",
}
NIC_KEYS = {
    "mac": "its address",
    "kind": "`network`, `bridge` or `user`",
    "source": "name of the network or bridge",
    "model": "`virtio`, …, or empty",
    "target": "the server's interface while the VM runs, or empty",
}
SCREEN_KEYS = {
    "protocol": "`vnc` or `spice`",
    "host": "address on the server; empty with a socket",
    "port": "TCP port; 0 with a socket",
    "socket_path": "of a UNIX socket, or empty",
    "needs_password": "whether it asks for one",
}
SNAPSHOT_KEYS = {
    "name": "of the snapshot",
    "created_at": "UTC, seconds since the epoch",
    "state": "of the VM when it was taken",
    "description": "as it was given, or empty",
    "parent": "the snapshot it grew from, or empty",
    "is_current": "whether the VM stands on it",
}


def disks_of(details: VMDetails) -> list[dict[str, object]]:
    """Return the disks of a VM as they are now, else as they are defined."""
    return [_disk(disk) for disk in _disks(details)]


def disk_table(details: VMDetails) -> Table:
    """Return the same as rows."""
    rows = [
        (disk.target, disk.device, disk.bus or None, disk.format or None, disk.source or None)
        for disk in _disks(details)
    ]
    return Table(("disk", "kind", "bus", "format", "source"), rows)


def nics_of(details: VMDetails) -> list[dict[str, object]]:
    """Return the network cards of a VM as they are now, else as they are defined."""
    return [_nic(nic) for nic in _nics(details)]


def nic_table(details: VMDetails) -> Table:
    """Return the same as rows."""
    rows = [
        (nic.mac, f"{nic.kind} {nic.source}".strip(), nic.model or None, nic.target or None) for nic in _nics(details)
    ]
    return Table(("network card", "connected to", "model", "interface"), rows)


def screen_as_data(screen: GraphicalConsole) -> dict[str, object]:
    """Return what `SCREEN_KEYS` says."""
    return {
        "protocol": screen.protocol,
        "host": screen.host,
        "port": screen.port,
        "socket_path": screen.socket_path,
        "needs_password": screen.needs_password,
    }


def screen_facts(screen: GraphicalConsole) -> Facts:
    """Return where a screen is served, as labelled values."""
    address = screen.socket_path or f"{screen.host}:{screen.port}"
    return Facts(
        "Screen",
        [("Protocol", screen.protocol), ("Address on the server", address), ("Password", screen.needs_password)],
    )


def snapshot_as_data(snapshot: Snapshot) -> dict[str, object]:
    """Return what `SNAPSHOT_KEYS` says."""
    return {
        "name": snapshot.name,
        "created_at": snapshot.created_at,
        "state": snapshot.state,
        "description": snapshot.description,
        "parent": snapshot.parent,
        "is_current": snapshot.is_current,
    }


def snapshot_table(snapshots: Sequence[Snapshot]) -> Table:
    """Return snapshots as rows; a star marks the current one."""
    rows = [
        (
            f"{snapshot.name} *" if snapshot.is_current else snapshot.name,
            time_text(snapshot.created_at),
            snapshot.state,
            snapshot.parent or None,
            snapshot.description or None,
        )
        for snapshot in snapshots
    ]
    return Table(("snapshot", "taken", "state", "parent", "description"), rows)


def _disks(details: VMDetails) -> Sequence[Disk]:
    if details.info is not None:
        return details.info.disks
    return details.config.disks() if details.config else ()


def _nics(details: VMDetails) -> Sequence[Nic]:
    if details.info is not None:
        return details.info.nics
    return details.config.nics() if details.config else ()


def _disk(disk: Disk) -> dict[str, object]:
    return {
        "target": disk.target,
        "source": disk.source,
        "device": disk.device,
        "format": disk.format,
        "bus": disk.bus,
        "read_only": disk.read_only,
        "shareable": disk.shareable,
    }


def _nic(nic: Nic) -> dict[str, object]:
    return {"mac": nic.mac, "kind": nic.kind, "source": nic.source, "model": nic.model, "target": nic.target}
