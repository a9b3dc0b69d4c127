"""A domain of Xen as one listing saw it."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

from attrs import define, fields

from convirt_core.model import Capability, Reason
from convirt_core.platforms import VM

DOMAIN_0 = "00000000-0000-0000-0000-000000000000"
"""The key of the domain that the server's own system runs in."""

PV, PVH, HVM = "pv", "pvh", "hvm"
KINDS = {"linux": PV, "xen": PV, "xenpvh": PVH, "hvm": HVM}
"""libvirt's words for kinds of guests (libxl driver 9.0: a PV guest is `xen`, and `linux` while it runs)."""

BETWEEN_RUNS = "restarting"
"""The reason of a VM that libvirt calls stopped in the middle of a reboot."""


@define(eq=False)
class XenVM(VM):
    """A VM under Xen.

    :param kind: `pv`, `pvh` or `hvm`; empty: not known (of a VM that does not run, in a listing)
    :param has_dirty_log: its server's Xen can note which memory a PV guest changes, which a live migration needs
    :param made_by_xl: libvirt does not know it
    """

    kind: str = ""
    has_dirty_log: bool = True
    made_by_xl: bool = False

    def refusal(self, capability: Capability) -> Reason | None:
        if self.made_by_xl:
            message = f"{self.name} was made with xl, and libvirt does not know it: {capability.words} is not possible."
            return Reason(message, "Use xl on its server, or define it here.", supported=False)
        if self.protected and capability is not Capability.EVENTS:
            return Reason(f"{self.name} is the server's own domain: {capability.words} is never done to it.")
        if capability is Capability.MIGRATE_LIVE and self.kind == PV and not self.has_dirty_log:
            message = f"{self.name} is a PV guest, which this server's Xen cannot move while it runs."
            return Reason(message, "Move it stopped, or make it a PVH guest.", supported=False)
        if capability is Capability.SET_BOOT_DEVICE and self.kind in {PV, PVH}:
            message = f"{self.name} boots by its kernel or bootloader, not from a device in an order."
            return Reason(message, "Change kernel or bootloader.", supported=False)
        if self.reason == BETWEEN_RUNS and capability not in {Capability.KILL, Capability.SHUTDOWN}:
            # what is removed ends first; else it would come back without a definition
            reason = Reason(f"{self.name} is started, or restarted, at this moment.", "Look at it again in a moment.")
            return None if capability is Capability.REMOVE else reason
        return super().refusal(capability)


def xen_vm(vm: VM, kind: str, *, has_dirty_log: bool) -> XenVM:
    """Return what libvirt listed as a VM of Xen."""
    values = {field.name: getattr(vm, field.name) for field in fields(VM)} | {"protected": vm.key == DOMAIN_0}
    return XenVM(**values, kind=kind, has_dirty_log=has_dirty_log)
