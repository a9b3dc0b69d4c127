"""What a server is beneath its hypervisor: its system, processors, memory, file systems and networks.

Whatever a server does not say is empty, zero or None: an answer in part is worth having.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class OperatingSystem:
    """What the server runs.

    :param name: such as `Debian GNU/Linux`
    :param version: such as `12`
    :param kernel: its release, such as `6.1.0-18-amd64`
    :param architecture: the kernel's word, such as `x86_64`
    """

    name: str = ""
    version: str = ""
    kernel: str = ""
    architecture: str = ""


@frozen
class Processors:
    """All processors together, as the server's kernel sees them.

    :param vendor: such as `GenuineIntel`
    :param cores: of all sockets
    :param threads: logical processors that are online
    :param mhz: at the moment of the look
    """

    vendor: str = ""
    model: str = ""
    sockets: int = 0
    cores: int = 0
    threads: int = 0
    mhz: int | None = None


@frozen
class Memory:
    """The server's memory.

    :param free_bytes: that nothing uses at all
    :param available_bytes: that could be had without swapping: free, or given back by caches
    """

    total_bytes: int = 0
    free_bytes: int = 0
    available_bytes: int = 0
    swap_total_bytes: int = 0
    swap_free_bytes: int = 0


@frozen
class FileSystem:
    """A mounted file system that keeps files beyond a boot.

    :param device: what is mounted, such as `/dev/sda1` or `nas:/vms`
    :param type: such as `ext4`
    :param free_bytes: that an ordinary user can still write
    """

    mount: str
    device: str
    type: str
    size_bytes: int
    free_bytes: int


@frozen
class NetworkCard:
    """A network interface of the server that is neither a bridge nor a VM's end of one.

    :param state: the kernel's word, such as `up` or `down`
    :param speed_megabits_per_second: None where there is no link, or none with a speed
    :param addresses: with their prefix length, such as `192.0.2.7/24`
    """

    name: str
    mac: str = ""
    state: str = ""
    speed_megabits_per_second: int | None = None
    addresses: tuple[str, ...] = ()


@frozen
class Bridge:
    """A bridge of the server, to which VMs can be connected.

    :param members: names of the interfaces in it, those of running VMs too
    """

    name: str
    mac: str = ""
    state: str = ""
    addresses: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@frozen
class VolumeGroup:
    """A volume group of LVM."""

    name: str
    size_bytes: int
    free_bytes: int


@frozen
class LogicalVolume:
    """A logical volume of LVM.

    :param group: name of its volume group
    :param path: its device; empty for one that has none, such as a pool of thin volumes
    """

    name: str
    group: str
    size_bytes: int
    path: str = ""


@frozen
class Clock:
    """How the server's clock stands to ours.

    :param skew_seconds: above 0: it is ahead
    :param uncertainty_seconds: the true skew is at most so far from that
    """

    skew_seconds: float
    uncertainty_seconds: float


@frozen
class ServerEnvironment:
    """One look at a server.

    :param read_at: by our clock: UTC, seconds since the epoch
    :param host_uuid: that the firmware gives the machine; empty where this user may not read it
    :param default_bridge: that leads outside; what `$DEFAULT_BRIDGE` means where nobody says otherwise. Empty: none
    :param clock: None where the server did not say the time
    """

    read_at: float
    host_name: str = ""
    host_uuid: str = ""
    system: OperatingSystem = OperatingSystem()
    processors: Processors = Processors()
    memory: Memory = Memory()
    file_systems: tuple[FileSystem, ...] = ()
    network_cards: tuple[NetworkCard, ...] = ()
    bridges: tuple[Bridge, ...] = ()
    default_bridge: str = ""
    volume_groups: tuple[VolumeGroup, ...] = ()
    logical_volumes: tuple[LogicalVolume, ...] = ()
    clock: Clock | None = None
