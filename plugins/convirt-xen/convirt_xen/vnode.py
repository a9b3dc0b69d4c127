"""A server with Xen, seen from its domain 0."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

import libvirt

from convirt_core.errors import NotFound, NotSupported, WrongState
from convirt_core.model import Capability, VMState
from convirt_libvirt.vnode import LibvirtVNode
from convirt_xen.capabilities import XEN_CAPABILITIES
from convirt_xen.events import XenEvents
from convirt_xen.vm import DOMAIN_0, KINDS, XenVM, xen_vm
from convirt_xen.xl import xl_domains, xl_info

if TYPE_CHECKING:
    from typing import Any

    from convirt_core.model import ManagedNode, MetricSnapshot, VMMetrics
    from convirt_core.platforms import VM, NodeSession
    from convirt_libvirt.connection import Connection

_EMULATOR = re.compile("<emulator>([^<]+)</emulator>")
_DMI_UUID = "/sys/class/dmi/id/product_uuid"
_BETWEEN_RUNS = "restarting"


class XenVNode(LibvirtVNode):
    """A server whose VMs are domains of Xen."""

    default_uri: ClassVar[str] = "xen:///system"
    possible: ClassVar[frozenset[Capability]] = XEN_CAPABILITIES

    def __init__(self, node: ManagedNode, session: NodeSession) -> None:
        super().__init__(node, session)
        self._events = XenEvents(node.id)
        self.has_dirty_log = True

    def probe(self, connection: Connection) -> frozenset[Capability]:
        """A screen is drawn by a QEMU in domain 0, which a server need not have.

        Without shadow paging Xen cannot note what memory a PV guest changes; a Xen that does not say so may have it.
        """
        proxy = self.session.proxy
        self.has_dirty_log = "shadow" in xl_info(proxy).get("virt_caps", "shadow").split()
        with connection.asking("read what the hypervisor can run"):
            emulators = set(_EMULATOR.findall(connection.handle.getCapabilities()))
        if any(proxy.stat(path) for path in emulators):
            return self.possible
        return self.possible - {Capability.GRAPHICAL_CONSOLE}

    def host_uuid(self) -> str:
        """Return libvirt's, else the firmware's: the libxl driver (9.0) says none."""
        firmware = self.session.proxy.run(["cat", _DMI_UUID]).text.lower()  # where root alone may read it: nothing
        return super().host_uuid() or ("" if firmware == DOMAIN_0 else firmware)

    def vms(self) -> list[VM]:
        """Return libvirt's VMs, and what Xen holds beside them: one command more, whatever their number."""
        known = super().vms()
        held = {domain.key: domain for domain in xl_domains(self.session.proxy)}
        vms: list[VM] = [self._listed(vm, held.pop(vm.key, None)) for vm in known]
        return [*vms, *held.values()]

    def _listed(self, vm: VM, held: XenVM | None) -> XenVM:
        """Only of a VM that is stopped for libvirt and there for Xen libvirt is asked whether it works on it."""
        if held is not None and vm.state is VMState.STOPPED:
            self._mark_between_runs(vm)
        return xen_vm(vm, held.kind if held else "", has_dirty_log=self.has_dirty_log)

    def vm(self, key: str) -> XenVM:
        connection = self.connection
        try:
            vm = super().vm(key)
        except NotFound:
            return self.held(key)
        if vm.state is VMState.STOPPED:
            self._mark_between_runs(vm)
        domain = connection.find(key)
        with connection.asking(f"read the state of {vm.name}"):
            kind = KINDS.get(domain.OSType(), "")
        return xen_vm(vm, kind, has_dirty_log=self.has_dirty_log)

    def held(self, key: str) -> XenVM:
        """Return the domain that Xen holds. Raises `NotFound`."""
        for domain in xl_domains(self.session.proxy):
            if domain.key == key:
                return domain
        raise NotFound(f"{self.node.name} has no VM with the key {key}.")

    def _mark_between_runs(self, vm: VM) -> None:
        """Call a VM stopping while libvirt still works on it: between the two runs of a reboot it reads `shut off`."""
        if self.is_worked_on(vm.key):
            vm.state, vm.reason = VMState.STOPPING, _BETWEEN_RUNS

    def is_worked_on(self, key: str) -> bool:
        """Whether libvirt has a job on the VM at this moment. A reboot is one, from the old run's end to the new."""
        connection = self.connection
        domain = connection.find(key)
        try:
            with connection.asking(f"read what is done to {domain.name()}"):
                return bool(domain.jobInfo()[0] != libvirt.VIR_DOMAIN_JOB_NONE)
        except (WrongState, NotSupported):  # how some drivers and versions say that there is none
            return False

    def metric_snapshot(self) -> MetricSnapshot:
        snapshot = super().metric_snapshot()
        snapshot.vms = [vm for vm in snapshot.vms if vm.key != DOMAIN_0]
        return snapshot

    def fill_metrics(self, domain: Any, metrics_of_vm: VMMetrics) -> None:
        from convirt_xen.statistics import fill  # noqa: PLC0415  a listing of VMs needs no XML

        if metrics_of_vm.key != DOMAIN_0:
            fill(domain, metrics_of_vm)
