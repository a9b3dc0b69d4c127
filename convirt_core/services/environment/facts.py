"""The environment beside what a hypervisor says of the same server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import InfoSection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from convirt_core.model import InfoValue, ServerEnvironment


def environment_facts(environment: ServerEnvironment) -> dict[str, InfoValue]:
    """Return what a hypervisor may say too, under the key that it has in `VNode.platform_info`."""
    processors = environment.processors
    return {
        "host_name": environment.host_name,
        "host_uuid": environment.host_uuid,
        "architecture": environment.system.architecture,
        "cpus": processors.threads,
        "sockets": processors.sockets,
        "cores_per_socket": _each(processors.cores, processors.sockets),
        "threads_per_core": _each(processors.threads, processors.cores),
        "memory_total_bytes": environment.memory.total_bytes,
    }


def without_doubles(sections: Iterable[InfoSection], known: Mapping[str, InfoValue]) -> list[InfoSection]:
    """Leave out what is known already: same key, same value; then sections without rows.

    What differs stays: a hypervisor may see more of its server than the system that commands run in, as Xen does.
    """
    kept = [
        InfoSection(each.title, tuple(row for row in each.rows if row[0] not in known or known[row[0]] != row[2]))
        for each in sections
    ]
    return [section for section in kept if section.rows]


def _each(things: int, places: int) -> int | None:
    return things // places if places else None
