"""The server's memory."""

from __future__ import annotations

from convirt_core.model import Memory
from convirt_core.services.environment.values import named, number


def memory(meminfo: str) -> Memory:
    """Read /proc/meminfo (proc(5)): KiB, whatever it says. A kernel before 3.14 has no `MemAvailable`."""
    facts = {name: (number(value.removesuffix("kB")) or 0) << 10 for name, value in named(meminfo)}
    free = facts.get("MemFree", 0)
    return Memory(
        total_bytes=facts.get("MemTotal", 0),
        free_bytes=free,
        available_bytes=facts.get("MemAvailable", free),
        swap_total_bytes=facts.get("SwapTotal", 0),
        swap_free_bytes=facts.get("SwapFree", 0),
    )
