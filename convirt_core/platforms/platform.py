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


@frozen
class Detection:
    """A platform found its hypervisor on a server.

    :param reason: what was seen, such as `libvirt 9.0 with a QEMU driver`
    :param rank: the higher is offered first
    """

    reason: str
    rank: int = 0


@frozen
class Template:
    """A VM definition to begin an image with.

    :param name: `kernel` and `disk` are what an image is made with from a kernel or from a disk; others are for
        people to choose
    :param text: in the python-config format
    """

    name: str
    title: str
    text: str
