"""Servers, and what points at a VM. Values of the inventory; what they do is elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import field, frozen

from convirt_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL = "local"
"""The address of this machine: reached without a network."""

_LONGEST_VM_NAME = 200
"""Bytes. Files are named after a VM with something before and behind: in libvirt (9.0) 248 are too many already."""

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_. +@-]{0,62}"


def check_name(name: str, what: str) -> str:
    """Return `name` if a pool, server, group or image may bear it.

    Letters, digits and `_ . + @ -` and inner spaces, 1 to 63 characters, no leading dot or dash: such a
    name is a file name, a word on a command line and a column of a table without quoting.

    :param what: for the message, such as `server`
    :raises InvalidInput: otherwise
    """
    if not re.fullmatch(_NAME, name) or name.endswith((" ", ".")):
        raise InvalidInput(
            f"{name!r} cannot be the name of {'an' if what[0] in 'aeiou' else 'a'} {what}.",
            remedy="Use 1 to 63 letters, digits or '_.+@-', beginning with a letter or digit.",
        )
    return name


def check_vm_name(name: str) -> str:
    """Return `name` if a VM may bear it: 1 to 200 bytes, no `/`, no control character but tabs, not `.` or `..`.

    :raises InvalidInput: otherwise
    """
    bad = not name or "/" in name or name in {".", ".."} or any(not c.isprintable() for c in name if c != "\t")
    if bad or len(name.encode()) > _LONGEST_VM_NAME or name != name.strip():
        raise InvalidInput(
            f"{name!r} cannot be the name of a VM.",
            remedy=f"Use 1 to {_LONGEST_VM_NAME} bytes without '/', control characters but tabs, or blanks at the ends;"
            " '.' and '..' are no names.",
        )
    return name


@frozen
class VMRef:
    """Which VM: the server's id and the platform's key (libvirt: the UUID). Never a name."""

    server: str
    key: str


@frozen
class ManagedNode:
    """A server: how to reach it and what it runs. Name and address may change, the id never.

    :param id: our own UUID
    :param platform: the entry-point name of its one platform, such as `kvm`
    :param address: host name or address, or `local`
    :param user: to log in as; empty: as the ssh configuration says
    :param ssh_port: 0: as the ssh configuration says
    :param pool: id of its pool, or None (ungrouped)
    :param host_uuid: the machine's own, to find one server under two names; empty until it was read
    :param options: the platform's values; its node form is their schema. Never a secret, only a keyring
        reference to one
    :param row_version: grows with each write; a write of an older one is refused
    """

    id: str
    name: str
    platform: str
    address: str = LOCAL
    user: str = ""
    ssh_port: int = 0
    pool: str | None = None
    host_uuid: str = ""
    options: Mapping[str, str | int | bool] = field(factory=dict)
    row_version: int = 0

    @property
    def is_local(self) -> bool:
        """Whether it is this machine."""
        return self.address == LOCAL


@frozen
class VMRecord:
    """What we keep about a VM that its definition has no place for. A VM with a record is "managed".

    :param name: as last seen; the hypervisor's name is the truth
    :param image: id of the image it was provisioned from, or empty
    :param disks: paths of the disks that ConVirt made for it, and so removes with it
    :param settings: provisioning settings; deadlines of operations as `deadline.start` = seconds
    """

    ref: VMRef
    name: str
    image: str = ""
    notes: str = ""
    disks: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(factory=dict)
    row_version: int = 0
