"""What a person wants changed in a VM: gathered by a form or a command, applied by `services.lifecycle`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.model.devices import Disk, Nic


class Where(StrEnum):
    """Which of a VM's two sides a change is for."""

    STORED = "stored"  # the definition: from the next start on
    LIVE = "live"  # the running VM: until it stops
    BOTH = "both"

    @property
    def stored(self) -> bool:
        """Whether the definition changes."""
        return self is not Where.LIVE

    @property
    def live(self) -> bool:
        """Whether the running VM changes."""
        return self is not Where.STORED


@frozen
class Change:
    """A set of changes to one VM.

    :param values: keys of its `VMConfig` to set; None deletes the key
    :param where: the definition, the running VM or both; live changes know `memory` and `vcpus` only
    :param detach_disks: target names
    :param detach_nics: MAC addresses
    :param digest: of the definition that the person saw; empty: of the one read when it is applied
    """

    values: Mapping[str, object] = field(factory=dict)
    where: Where = Where.STORED
    attach_disks: tuple[Disk, ...] = ()
    detach_disks: tuple[str, ...] = ()
    attach_nics: tuple[Nic, ...] = ()
    detach_nics: tuple[str, ...] = ()
    digest: str = ""
