"""What a server is beneath its hypervisor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import asdict

from convirt_cli.parts import Facts, Table
from convirt_cli.shapes.amounts import bytes_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_cli.parts import Part
    from convirt_core.model import Bridge, NetworkCard, ServerEnvironment

KEYS = {
    "read_at": "when it was read, by our clock: UTC, seconds since the epoch",
    "host_name": "as the server calls itself",
    "host_uuid": "of its firmware; empty where this user may not read it",
    "system.name": "of the operating system",
    "system.version": "of the operating system",
    "system.kernel": "release of the kernel",
    "system.architecture": "the kernel's word, such as `x86_64`",
    "processors.vendor": "such as `GenuineIntel`",
    "processors.model": "in words",
    "processors.sockets": "how many",
    "processors.cores": "of all sockets",
    "processors.threads": "logical processors that are online",
    "processors.mhz": "at that moment; null: not known",
    "memory.total_bytes": "of the server",
    "memory.free_bytes": "that nothing uses at all",
    "memory.available_bytes": "that could be had without swapping",
    "memory.swap_total_bytes": "of the server",
    "memory.swap_free_bytes": "of that",
    "file_systems[].mount": "where it is mounted",
    "file_systems[].device": "what is mounted",
    "file_systems[].type": "such as `ext4`",
    "file_systems[].size_bytes": "of the file system",
    "file_systems[].free_bytes": "that an ordinary user can still write",
    "network_cards[].name": "of an interface that is neither a bridge nor a VM's end of one",
    "network_cards[].mac": "its address",
    "network_cards[].state": "the kernel's word, such as `up`",
    "network_cards[].speed_megabits_per_second": "null: no link, or none with a speed",
    "network_cards[].addresses[]": "with their prefix length",
    "bridges[].name": "of a bridge that VMs can be connected to",
    "bridges[].mac": "its address",
    "bridges[].state": "the kernel's word, such as `up`",
    "bridges[].addresses[]": "with their prefix length",
    "bridges[].members[]": "names of the interfaces in it",
    "default_bridge": "that leads outside: what $DEFAULT_BRIDGE means where nobody says otherwise; empty: none",
    "volume_groups[].name": "of a volume group of LVM",
    "volume_groups[].size_bytes": "of all its volumes together",
    "volume_groups[].free_bytes": "that no volume has",
    "logical_volumes[].name": "of a logical volume of LVM",
    "logical_volumes[].group": "name of its volume group",
    "logical_volumes[].size_bytes": "its own",
    "logical_volumes[].path": "its device, or empty",
    "clock.skew_seconds": "how far the server's clock is ahead of ours; `clock` is null where it did not say the time",
    "clock.uncertainty_seconds": "the true skew is at most so far from that",
}


def as_data(environment: ServerEnvironment) -> dict[str, object]:
    """Return what `KEYS` says: the values have those names."""
    return asdict(environment)


def parts(environment: ServerEnvironment) -> Iterator[Part]:
    """Yield labelled values, and a table for each thing of which there are several."""
    yield Facts("System", _system(environment))
    yield Facts("Processors", _processors(environment))
    yield Facts("Memory", _memory(environment))
    yield from _storage(environment)
    yield from _networks(environment)


def _system(environment: ServerEnvironment) -> list[tuple[str, str | None]]:
    system = environment.system
    return [
        ("Host name", environment.host_name),
        ("Host UUID", environment.host_uuid),
        ("Operating system", f"{system.name} {system.version}".strip()),
        ("Kernel", system.kernel),
        ("Architecture", system.architecture),
        ("Clock", _clock(environment)),
    ]


def _clock(environment: ServerEnvironment) -> str | None:
    clock = environment.clock
    if clock is None:
        return None
    ahead = "ahead of" if clock.skew_seconds > 0 else "behind"
    return f"{abs(clock.skew_seconds):.3f} s {ahead} ours (within {clock.uncertainty_seconds:.3f} s)"


def _processors(environment: ServerEnvironment) -> list[tuple[str, str | int | None]]:
    processors = environment.processors
    return [
        ("Vendor", processors.vendor),
        ("Model", processors.model),
        ("Sockets", processors.sockets),
        ("Cores", processors.cores),
        ("Threads", processors.threads),
        ("MHz", processors.mhz),
    ]


def _memory(environment: ServerEnvironment) -> list[tuple[str, str]]:
    memory = environment.memory
    return [
        ("Total", bytes_text(memory.total_bytes)),
        ("Free", bytes_text(memory.free_bytes)),
        ("Available", bytes_text(memory.available_bytes)),
        ("Swap", f"{bytes_text(memory.swap_free_bytes)} of {bytes_text(memory.swap_total_bytes)} are free"),
    ]


def _storage(environment: ServerEnvironment) -> Iterator[Table]:
    mounted = [
        (each.mount, each.type, bytes_text(each.size_bytes), bytes_text(each.free_bytes), each.device)
        for each in environment.file_systems
    ]
    yield Table(("file system", "type", "size", "free", "device"), mounted, frozenset({2, 3}))
    groups = environment.volume_groups
    rows = [(each.name, bytes_text(each.size_bytes), bytes_text(each.free_bytes)) for each in groups]
    yield Table(("volume group", "size", "free"), rows, frozenset({1, 2}))
    volumes = environment.logical_volumes
    of_volumes = [(each.name, each.group, bytes_text(each.size_bytes), each.path) for each in volumes]
    yield Table(("logical volume", "group", "size", "device"), of_volumes, frozenset({2}))


def _networks(environment: ServerEnvironment) -> Iterator[Table]:
    cards = [
        (card.name, card.state, _speed(card), card.mac, ", ".join(card.addresses)) for card in environment.network_cards
    ]
    yield Table(("network card", "state", "speed", "mac", "addresses"), cards, frozenset({2}))
    bridges = [
        (_bridge(one, environment), one.state, ", ".join(one.members), one.mac, ", ".join(one.addresses))
        for one in environment.bridges
    ]
    yield Table(("bridge", "state", "members", "mac", "addresses"), bridges)


def _speed(card: NetworkCard) -> str | None:
    speed = card.speed_megabits_per_second
    return None if speed is None else f"{speed} Mbit/s"


def _bridge(bridge: Bridge, environment: ServerEnvironment) -> str:
    return f"{bridge.name} (default)" if bridge.name == environment.default_bridge else bridge.name
