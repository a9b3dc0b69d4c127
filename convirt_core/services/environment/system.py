"""The server's name, operating system and UUID."""

from __future__ import annotations

import re
import shlex

from convirt_core.model import OperatingSystem

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UNSET = {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"}
"""What firmware says that was never given one; libvirt takes neither (src/util/viruuid.c)."""


def operating_system(os_release: str, uname: str) -> OperatingSystem:
    """Read os-release(5), and the lines of `uname -n`, `-r`, `-m`."""
    release = _assignments(os_release)
    _, kernel, architecture = _lines(uname, 3)
    name = release.get("NAME") or release.get("ID", "")
    return OperatingSystem(name, release.get("VERSION_ID", ""), kernel, architecture)


def host_name(uname: str) -> str:
    """Return the first of those lines."""
    return _lines(uname, 1)[0]


def host_uuid(text: str) -> str:
    """Return the machine's UUID in small letters, as libvirt has it; empty for none."""
    found = text.strip().lower()
    return found if _UUID.fullmatch(found) and found not in _UNSET else ""


def _assignments(text: str) -> dict[str, str]:
    """Read `NAME=value` lines whose values are quoted as for a shell."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name.strip(): _unquoted(value) for name, _, value in pairs}


def _unquoted(value: str) -> str:
    try:
        return " ".join(shlex.split(value))
    except ValueError:  # a quote without its end
        return value.strip().strip("\"'")


def _lines(text: str, count: int) -> list[str]:
    lines = [line.strip() for line in text.strip().splitlines()]
    return [*lines, *[""] * count][:count]
