"""Pools of servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping


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
