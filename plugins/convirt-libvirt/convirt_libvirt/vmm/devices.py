"""Disks and network cards, attached and detached."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from convirt_core.errors import InvalidInput, NotDone, NotFound
from convirt_core.model import Capability
from convirt_libvirt.vmm.base import LIVE, STORED
from convirt_libvirt.vmm.definition import Definition

if TYPE_CHECKING:
    from convirt_core.model import Disk, Nic
    from convirt_libvirt.domain import LibvirtConfig

Edit = Callable[["LibvirtConfig"], str]
"""Adds or takes out one device; returns its XML, or raises `AlreadyExists` or `NotFound`."""


class Devices(Definition):
    """Disks and NICs.

    A change of the definition alone is an edit of it, which every driver can. One of the running VM is asked
    of libvirt, together with the definition if that is wanted too: either both change or neither.

    :cvar release_seconds: how long a guest may take to let a device go
    """

    release_seconds: ClassVar[float] = 20.0

    def attach_disk(self, key: str, disk: Disk, *, live: bool, stored: bool) -> None:
        self._need(Capability.ATTACH_DISK_LIVE, live)
        self._attach(key, lambda config: config.add_disk(disk), f"attach {disk.target} to", live=live, stored=stored)

    def detach_disk(self, key: str, target: str, *, live: bool, stored: bool) -> None:
        self._need(Capability.DETACH_DISK_LIVE, live)
        self._detach(key, lambda config: config.remove_disk(target), f"detach {target} from", live=live, stored=stored)

    def attach_nic(self, key: str, nic: Nic, *, live: bool, stored: bool) -> Nic:
        from convirt_libvirt.domain import with_mac  # noqa: PLC0415  a listing of VMs needs no XML

        self._need(Capability.ATTACH_NIC_LIVE, live)
        card = with_mac(nic)
        self._attach(key, lambda config: config.add_nic(card), f"attach {card.mac} to", live=live, stored=stored)
        return card

    def detach_nic(self, key: str, mac: str, *, live: bool, stored: bool) -> None:
        self._need(Capability.DETACH_NIC_LIVE, live)
        self._detach(key, lambda config: config.remove_nic(mac), f"detach {mac} from", live=live, stored=stored)

    def _need(self, capability: Capability, live: bool) -> None:
        """Refuse what this driver cannot do to a running VM, before it is asked."""
        if live and capability not in self.vnode.capabilities:
            self._refuse(capability)

    def _attach(self, key: str, edit: Edit, verb: str, *, live: bool, stored: bool) -> None:
        if not live:
            self._edit_definition(key, edit, stored=stored)
            return
        xml = self._edited(key, edit, stored=stored)
        with self.changing_slowly(key, verb) as domain:
            domain.attachDeviceFlags(xml, LIVE | STORED if stored else LIVE)

    def _detach(self, key: str, edit: Edit, verb: str, *, live: bool, stored: bool) -> None:
        if not live:
            self._edit_definition(key, edit, stored=stored)
            return
        xml = self._edited(key, edit, stored=stored)
        with self.changing_slowly(key, verb) as domain:
            domain.detachDeviceFlags(xml, LIVE | STORED if stored else LIVE)
        self._wait_until_released(key, edit, verb, stored=stored)

    def _edit_definition(self, key: str, edit: Edit, *, stored: bool) -> None:
        if not stored:
            raise InvalidInput("Say whether the running VM, its definition or both are meant.")
        domain = self.find(key)
        self._check_persistent(domain)
        config = self.read_config(self.definition_of(domain))
        edit(config)
        self.write_config(config)

    def _edited(self, key: str, edit: Edit, *, stored: bool) -> str:
        """Try the edit on the running side, and on the definition if that is meant too; return the device."""
        domain = self.find(key)
        if stored:
            self._check_persistent(domain)
            edit(self.read_config(self.definition_of(domain)))
        return edit(self.read_config(self.live_xml_of(domain, secrets=True)))

    def _wait_until_released(self, key: str, edit: Edit, verb: str, *, stored: bool) -> None:
        """Wait until the running side is without the device: libvirt returns when the guest has been asked.

        It waits up to 5 s for the guest itself, so that the first look is the last one but for slow guests.
        """
        domain = self.find(key)
        deadline = time.monotonic() + self.release_seconds
        while True:
            try:
                edit(self.read_config(self.live_xml_of(domain)))
            except NotFound:
                return
            if time.monotonic() > deadline:
                break
            time.sleep(0.25)
        raise NotDone(
            f"Asked to {verb} {domain.name()}; its guest has not let go of it within {self.release_seconds:.0f} s"
            + ("; the definition is without it." if stored else "."),
            remedy="Release it in the guest and try again, or stop the VM.",
        )
