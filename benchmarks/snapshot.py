"""A snapshot of a server with 1,000 VMs, model objects included, against the raw libvirt calls with the same fields.

Both ask libvirt's test driver within this process: no wire hides what the model costs. The driver's bulk call says
the states only, so both read size and counters from each VM.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import libvirt
from _side_by_side import ratio, report

from convirt_core.model import ManagedNode
from convirt_libvirt.test_platform import InventedVNode

if TYPE_CHECKING:
    from collections.abc import Callable

VMS = 1000
BUDGET = 1.5
GROUPS = (
    libvirt.VIR_DOMAIN_STATS_STATE
    | libvirt.VIR_DOMAIN_STATS_CPU_TOTAL
    | libvirt.VIR_DOMAIN_STATS_BALLOON
    | libvirt.VIR_DOMAIN_STATS_VCPU
    | libvirt.VIR_DOMAIN_STATS_INTERFACE
    | libvirt.VIR_DOMAIN_STATS_BLOCK
)
DOMAIN = "<domain type='test'><name>vm{}</name><memory>65536</memory><vcpu>2</vcpu><os><type>hvm</type></os></domain>"


def host(folder: Path) -> str:
    """Write the file of a test host; return its URI."""
    path = folder / "host.xml"
    path.write_text(f"<node>{''.join(DOMAIN.format(number) for number in range(VMS))}</node>")
    return f"test://{path}"


def raw_snapshot(handle: libvirt.virConnect) -> Callable[[], list[Any]]:
    """Return what a bare script does for the same fields."""

    def read() -> list[Any]:
        handle.getInfo()
        handle.getFreeMemory()
        handle.getCPUStats(-1)
        records = handle.getAllDomainStats(GROUPS, 0)
        return [(domain.UUIDString(), domain.name(), stats, domain.info()) for domain, stats in records]

    return read


def raw_list(handle: libvirt.virConnect) -> Callable[[], list[Any]]:
    """Return what a bare script does for the same fields, one VM after the other."""

    def read() -> list[Any]:
        return [
            (domain.UUIDString(), domain.name(), domain.ID(), domain.state(), domain.info(), domain.isPersistent())
            for domain in handle.listAllDomains(0)
        ]

    return read


def main() -> None:
    """Time both and print the rows."""
    with tempfile.TemporaryDirectory() as folder:
        node = ManagedNode("id", "host", "test", options={"uri": host(Path(folder))})
        vnode = InventedVNode(node, SimpleNamespace(lost=print))
        vnode.connect()
        handle = vnode.connection.handle
        report(f"snapshot of {VMS} VMs / raw calls", ratio(vnode.metric_snapshot, raw_snapshot(handle)), BUDGET)
        report(f"list of {VMS} VMs / raw calls", ratio(vnode.vms, raw_list(handle)), BUDGET)
        vnode.close()


if __name__ == "__main__":
    main()
