"""How far libvirt's migration of a VM is, as virsh says on the host that it leaves."""

from __future__ import annotations

import re
import subprocess

from labs.two_hosts.host import Host

SLOW = ("--bandwidth", "8M")
"""So that a migration of the test guest takes some ten seconds, and a fault finds it on its way."""

_MEMORY = re.compile(r"Memory (remaining|total):\s+([\d.]+) (bytes|KiB|MiB|GiB)")
_UNITS = {"bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def remaining_bytes(host: Host, vm: str) -> int:
    """What of a VM's memory is still to be sent; 0: nothing, or there is no migration."""
    return _memory(host, vm).get("remaining", 0)


def sent_share(host: Host, vm: str) -> float:
    """What of a VM's memory has been sent, 0.0 to 1.0."""
    memory = _memory(host, vm)
    return 1.0 - memory["remaining"] / memory["total"] if memory.get("total") else 0.0


def _memory(host: Host, vm: str) -> dict[str, int]:
    try:
        said = host.virsh("domjobinfo", vm)
    except subprocess.CalledProcessError:  # it is gone, or not there yet
        return {}
    return {what: int(float(amount) * _UNITS[unit]) for what, amount, unit in _MEMORY.findall(said)}
