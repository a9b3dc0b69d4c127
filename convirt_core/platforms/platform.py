"""What a platform is."""

from __future__ import annotations

import re
from string import ascii_lowercase
from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from convirt_core.model import Capability, Disk


@frozen
class Platform:
    """A kind of hypervisor.

    :param display_name: for people, such as `KVM`
    :param capabilities: what its servers may ever be able to do
    :param defaults: of node options and provisioning variables, such as `VM_DISKS_DIR`
    :param max_concurrency: threads that may be in one VNode and its VMM at once
    :param first_disk: what a guest usually calls its first disk
    """

    display_name: str
    capabilities: frozenset[Capability]
    defaults: Mapping[str, str | int | bool] = field(factory=dict)
    max_concurrency: int = 1
    first_disk: str = "vda"

    def free_target(self, disks: Iterable[Disk]) -> str:
        """Return the first target whose letter no disk has; empty: each has been taken.

        Nor as another kind's, or a part's: to a guest under Xen `hda` and `xvda1` are both in the place of `xvda`.
        """
        found = (re.fullmatch(r"[a-z]*d([a-z])[0-9]*", disk.target) for disk in disks)
        taken = {match[1] for match in found if match}
        return next((self.first_disk[:-1] + letter for letter in ascii_lowercase if letter not in taken), "")
