"""A server with Xen, seen from its domain 0."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

import re
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import libvirt

from convirt_core.errors import NotFound, OperationFailed
from convirt_core.model import Capability, VMState
from convirt_libvirt.vnode import LibvirtVNode
from convirt_xen.capabilities import XEN_CAPABILITIES
from convirt_xen.counters import Counters
from convirt_xen.events import XenEvents
from convirt_xen.vm import BETWEEN_RUNS, DOMAIN_0, KINDS, XenVM, xen_vm
from convirt_xen.xl import xl_domains, xl_info

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import ManagedNode, MetricSnapshot, VMMetrics
    from convirt_core.platforms import VM, NodeSession, VMConfig
    from convirt_libvirt.connection import Connection
    from convirt_xen.xl import Runs

_EMULATOR = re.compile("<emulator>([^<]+)</emulator>")
T = TypeVar("T")


def _steadily(read: Callable[[], T]) -> T:
    """Read again where the driver (9.0) fails: it knows a moment later what Xen has let go (`libxl_domain_info`)."""
    for pause_seconds in (0.1, 0.4):
        try:
            return read()
        except OperationFailed:
            time.sleep(pause_seconds)
    return read()


class XenVNode(LibvirtVNode):
    """A server whose VMs are domains of Xen."""

    default_uri: ClassVar[str] = "xen:///system"
    possible: ClassVar[frozenset[Capability]] = XEN_CAPABILITIES

    def __init__(self, node: ManagedNode, session: NodeSession) -> None:
        super().__init__(node, session)
        self._events = XenEvents(node.id)
        self.has_dirty_log = True
        self._runs: Runs = {}
        self._counters = Counters()

    def probe(self, connection: Connection) -> frozenset[Capability]:
        """A screen is drawn by a QEMU in domain 0, which a server need not have.

        Without shadow paging Xen cannot note what memory a PV guest changes; a Xen that does not say so may have it.
        """
        proxy, self._runs, self._counters = self.session.proxy, {}, Counters()  # after a restart Xen counts anew
        self.has_dirty_log = "shadow" in xl_info(proxy).get("virt_caps", "shadow").split()
        with connection.asking("read what the hypervisor can run"):
            emulators = set(_EMULATOR.findall(connection.handle.getCapabilities()))
        has_qemu = any(proxy.stat(path) for path in emulators)
        return self.possible if has_qemu else self.possible - {Capability.GRAPHICAL_CONSOLE}

    def host_uuid(self) -> str:
        """Read it from the firmware, which root may: libvirt's driver for Xen (9.0) does not say it."""
        return self.session.proxy.run(["cat", "/sys/class/dmi/id/product_uuid"]).text.strip().lower()

    def vms(self) -> list[VM]:
        """Return libvirt's VMs, and what Xen holds beside them: one command more, or two, whatever their number.

        Only of a VM that is stopped for libvirt and there for Xen libvirt is asked whether it works on it.
        """
        known = _steadily(super().vms)
        held = {domain.key: domain for domain in self._held()}
        vms: list[VM] = []
        for vm in known:
            there = held.get(vm.key)
            with suppress(NotFound):  # its definition was removed since: what Xen holds is shown
                now = self._looked_at_again(vm) if there and vm.state is VMState.STOPPED else vm
                vms.append(xen_vm(now, there.kind if there else "", has_dirty_log=self.has_dirty_log))
                held.pop(vm.key, None)
        return [*vms, *held.values()]

    def vm(self, key: str) -> XenVM:
        try:
            vm = _steadily(partial(super().vm, key))
        except NotFound:
            return self.held(key)
        if vm.state is VMState.STOPPED:
            vm = self._looked_at_again(vm)
        domain = self.connection.find(key)
        with self.connection.asking(f"read the state of {vm.name}"):
            return xen_vm(vm, KINDS.get(domain.OSType(), ""), has_dirty_log=self.has_dirty_log)

    def held(self, key: str) -> XenVM:
        """Return the domain that Xen holds. Raises `NotFound`."""
        for domain in self._held():
            if domain.key == key:
                return domain
        raise NotFound(f"{self.node.name} has no VM with the key {key}.")

    def _held(self) -> list[XenVM]:
        held, self._runs = xl_domains(self.session.proxy, self._runs)
        return held

    def _looked_at_again(self, vm: VM) -> VM:
        """Call a VM stopping while libvirt still works on it: between the two runs of a reboot it reads `shut off`.

        Where it works on it no more, the new run may have begun since the VM was read.
        """
        if not self.is_worked_on(vm.key):
            return _steadily(partial(super().vm, vm.key))
        vm.state, vm.reason = VMState.STOPPING, BETWEEN_RUNS
        return vm

    def is_worked_on(self, key: str) -> bool:
        """Whether libvirt has a job on the VM at this moment. A reboot is one, from the old run's end to the new."""
        domain = self.connection.find(key)
        with self.connection.asking(f"read what is done to {domain.name()}"):
            return bool(domain.jobInfo()[0] != libvirt.VIR_DOMAIN_JOB_NONE)

    def exported(self, config: VMConfig, text: str = "") -> str:
        from convirt_xen.native import xl_of  # noqa: PLC0415  rarely needed

        return xl_of(self.connection, config.text, text)

    def metric_snapshot(self) -> MetricSnapshot:
        snapshot = _steadily(super().metric_snapshot)
        snapshot.vms = [vm for vm in snapshot.vms if vm.key != DOMAIN_0]
        self._counters.forget_others({vm.key for vm in snapshot.vms})
        return snapshot

    def fill_metrics(self, domain: Any, metrics_of_vm: VMMetrics) -> None:
        if metrics_of_vm.key != DOMAIN_0:  # which costs no call
            self._counters.fill(domain, metrics_of_vm)
