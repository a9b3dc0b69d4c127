"""Amounts, as people read them."""

from __future__ import annotations

import time


def mebibytes_text(amount_bytes: int | None) -> str:
    """Return memory in MiB, as every command takes it."""
    return "-" if amount_bytes is None else f"{amount_bytes / (1 << 20):.0f} MiB"


def bytes_text(amount_bytes: float | None) -> str:
    """Return an amount of data in the unit that fits it, 1 KiB = 1024 bytes."""
    if amount_bytes is None:
        return "-"
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount_bytes < 1024:
            return f"{amount_bytes:.0f} {unit}" if unit == "B" else f"{amount_bytes:.1f} {unit}"
        amount_bytes /= 1024
    return f"{amount_bytes:.1f} TiB"


def percent_text(value: float | None) -> str:
    """Return a share of 100."""
    return "-" if value is None else f"{value:.1f} %"


def recent_text(moment: float) -> str:
    """Return a moment in at most ten characters: of today the time, else the day."""
    then = time.localtime(moment)
    is_today = time.strftime("%Y-%m-%d", then) == time.strftime("%Y-%m-%d")
    return time.strftime("%H:%M:%S" if is_today else "%Y-%m-%d", then)


def time_text(moment: float | None) -> str:
    """Return a moment (UTC, seconds since the epoch) as this machine's clock shows it."""
    return "-" if moment is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
