"""/dev/kvm where udev did not run, such as in a container: opened to QEMU's user for a while.

QEMU's user must be able to open the device. libvirt (seen with 9.0) otherwise takes what it knows of QEMU for
outdated at each look and asks QEMU again: two seconds each time, many times for the start of one guest.
"""

from __future__ import annotations

import os
import pwd
import stat
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_cli.demo.undo import Undo

DEVICE = Path("/dev/kvm")
QEMU_USER = "libvirt-qemu"
_OPEN = 0o666
"""What systemd's udev rules give the device (50-udev-default.rules)."""


def open_to_qemu(say: Callable[[str], None], undo: Undo) -> None:
    """Let QEMU's user open the device, as udev does; `undo` takes it back."""
    if is_closed_to(QEMU_USER):
        undo.add(partial(DEVICE.chmod, stat.S_IMODE(DEVICE.stat().st_mode)))
        DEVICE.chmod(_OPEN)
        say(f"  opened {DEVICE} to QEMU's user for the time being")


def is_closed_to(user: str) -> bool:
    """Whether there is a device that the user may not open, and root can change that."""
    try:
        account, node = pwd.getpwnam(user), DEVICE.stat()
    except (KeyError, FileNotFoundError):
        return False
    rights = node.st_mode
    if node.st_uid == account.pw_uid:
        rights >>= 6
    elif node.st_gid in os.getgrouplist(user, account.pw_gid):
        rights >>= 3
    return rights & 0o6 != 0o6 and os.geteuid() == 0
