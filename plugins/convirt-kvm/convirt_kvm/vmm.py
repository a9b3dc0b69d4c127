"""The QEMU driver of one server."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

from typing import TYPE_CHECKING

import libvirt

from convirt_kvm.options import ACCELERATOR, AUTO
from convirt_libvirt.vmm import LibvirtVMM

if TYPE_CHECKING:
    from convirt_core.platforms import VMConfig
    from convirt_kvm.config import KVMConfig
    from convirt_kvm.vnode import KVMVNode


class KVMVMM(LibvirtVMM):
    """VMs under QEMU. All that libvirt can is libvirt's; the accelerator is decided here."""

    vnode: KVMVNode

    def __init__(self, vnode: KVMVNode) -> None:
        super().__init__(vnode)

    def read_config(self, xml: str) -> KVMConfig:
        from convirt_kvm.config import KVMConfig  # noqa: PLC0415  a listing of VMs needs no XML

        return KVMConfig(xml)

    def define(self, config: VMConfig) -> str:
        self._decide(config)
        return super().define(config)

    def write_config(self, config: VMConfig) -> None:
        self._decide(config)
        super().write_config(config)

    def shutdown(self, key: str) -> None:
        # libvirt's default asks the guest's agent first; a power button is what every guest knows.
        with self.changing_slowly(key, "shut down") as domain:
            domain.shutdownFlags(libvirt.VIR_DOMAIN_SHUTDOWN_ACPI_POWER_BTN)

    def _decide(self, config: VMConfig) -> None:
        if config.get(ACCELERATOR) == AUTO:
            config[ACCELERATOR] = self.vnode.accelerator()
