"""Disks, NICs, consoles and snapshots of a VM."""

from __future__ import annotations

from attrs import frozen


@frozen
class Disk:
    """A disk as the guest is given it.

    :param target: the guest's device name, such as `vda`; unique in its VM
    :param source: path or device on the server; empty for an empty drive
    :param device: `disk`, `cdrom` or `floppy`
    :param format: of the source: `raw`, `qcow2`, …; empty: the platform's default
    :param bus: `virtio`, `ide`, `scsi`, `sata`, `xen`; empty: the platform's choice for the target
    """

    target: str
    source: str = ""
    device: str = "disk"
    format: str = ""
    bus: str = ""
    read_only: bool = False
    shareable: bool = False


@frozen
class Nic:
    """A network card as the guest is given it.

    :param mac: six octets, lower case, colons; empty: the platform makes one
    :param kind: `network`, `bridge` or `user`
    :param source: name of the network or bridge; empty for `user`
    :param model: `virtio`, `e1000`, …; empty: the platform's default
    :param target: the server's interface while the VM runs, such as `vnet0`
    """

    mac: str = ""
    kind: str = "network"
    source: str = ""
    model: str = ""
    target: str = ""


@frozen
class GraphicalConsole:
    """Where a VM's screen is served, seen from its server.

    :param protocol: `vnc` or `spice`
    :param host: address that the server listens on; empty with `socket_path`
    :param port: TCP port
    :param socket_path: of a UNIX socket, in place of host and port
    """

    protocol: str
    host: str = ""
    port: int = 0
    socket_path: str = ""
    needs_password: bool = False


@frozen
class Snapshot:
    """A kept state of a VM.

    :param created_at: UTC, seconds since the epoch
    :param state: of the VM when it was taken, such as `running`
    :param parent: name of the snapshot it grew from; empty for a root
    """

    name: str
    created_at: float
    state: str
    description: str = ""
    parent: str = ""
    is_current: bool = False
