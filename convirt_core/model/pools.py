"""Pools of servers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import field, frozen

from convirt_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FOLDERS = frozenset({"VM_CONF_DIR", "VM_DISKS_DIR", "VM_IMAGES_DIR"})


@frozen
class ServerPool:
    """A named set of servers.

    :param id: our own UUID
    :param variables: override an image's settings for VMs provisioned here, such as `VM_DISKS_DIR`
    :param row_version: grows with each write; a write of an older one is refused
    """

    id: str
    name: str
    variables: Mapping[str, str] = field(factory=dict)
    row_version: int = 0


def check_pool_variable(name: str, value: str) -> str:
    """Return `value` if a pool's variable of this name may have it.

    :raises InvalidInput: `$name` could not stand in a template, or a folder of servers is no whole path
    """
    if not _VARIABLE.fullmatch(name):
        raise InvalidInput(
            f"{name!r} cannot be the name of a variable.",
            remedy="Use letters, digits and '_', beginning with a letter or '_'.",
        )
    if any(not character.isprintable() for character in value):
        raise InvalidInput(f"{name} cannot have a value with control characters or of several lines.")
    if name in _FOLDERS and (not value.startswith("/") or ".." in value.split("/")):
        raise InvalidInput(
            f"{value!r} cannot be {name}: it is no whole path.",
            remedy="Name a folder of the servers, such as /srv/vms.",
        )
    return value
