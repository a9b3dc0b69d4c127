"""MAC addresses for the variable `$AUTOGEN_MAC`."""

from __future__ import annotations

import secrets

XEN_PREFIX = "00:16:3e"
"""The prefix registered for Xen guests, which the original used for all platforms."""


def random_mac() -> str:
    """Return a random address with Xen's prefix, its fourth byte at most 0x7f, as Xen's own tools do."""
    last = [secrets.randbelow(0x80), secrets.randbelow(0x100), secrets.randbelow(0x100)]
    return ":".join([XEN_PREFIX, *(f"{byte:02x}" for byte in last)])
