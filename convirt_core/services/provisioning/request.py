"""What is to be provisioned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import field, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.model import Image, ManagedNode


@frozen
class ProvisionRequest:
    """A new VM from an image.

    :param name: of the VM
    :param values: keys of the `VMConfig` that override the template's, such as `memory`
    :param settings: keys of `image.conf` that override the image's, such as `vda_disk_size`
    :param copy: give the VM whole copies of the image's disks, not overlays
    :param start: boot it when it is made
    :param force: make it although checks stand against it
    :param origins: key of `values` → where the value comes from, for messages, such as `--memory`; else the key
    """

    image: Image
    server: ManagedNode
    name: str
    values: Mapping[str, object] = field(factory=dict)
    settings: Mapping[str, str] = field(factory=dict)
    copy: bool = False
    start: bool = True
    force: bool = False
    origins: Mapping[str, str] = field(factory=dict)
