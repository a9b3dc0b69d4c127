"""What a platform is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.model import Capability


@frozen
class Platform:
    """A kind of hypervisor.

    :param display_name: for people, such as `KVM`
    :param capabilities: what its servers may ever be able to do
    :param defaults: of node options and provisioning variables, such as `VM_DISKS_DIR`
    :param max_concurrency: threads that may be in one VNode and its VMM at once
    """

    display_name: str
    capabilities: frozenset[Capability]
    defaults: Mapping[str, str | int | bool] = field(factory=dict)
    max_concurrency: int = 1
