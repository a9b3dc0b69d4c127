"""Memory and processors of a running VM."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

import libvirt

from convirt_core.errors import InvalidInput, NotDone, WrongState
from convirt_libvirt.vmm.base import LIVE, STORED, LibvirtVMMBase

_KIB = 1024
_MIB = 1024 * 1024


class Size(LibvirtVMMBase):
    """Ballooning and CPU plugging."""

    def set_memory_live(self, key: str, memory_bytes: int) -> None:
        domain = self.find(key)
        with self.vnode.connection.asking(f"read the size of {domain.name()}"):
            limit_bytes = domain.maxMemory() * _KIB
        if memory_bytes > limit_bytes:
            raise InvalidInput(
                f"{domain.name()} can grow to {limit_bytes // _MIB} MiB while it runs, not to "
                f"{memory_bytes // _MIB} MiB.",
                remedy="Raise 'maxmem' in its definition and start it anew.",
            )
        with self.changing_slowly(key, "set the memory of") as domain:
            domain.setMemoryFlags(memory_bytes // _KIB, LIVE)

    def set_vcpus_live(self, key: str, count: int) -> None:
        """Plug or unplug, then count: libvirt waits 5 s for the guest, and some drivers do not wait at all."""
        domain = self.find(key)
        if not self.is_active(domain):
            raise WrongState(f"{domain.name()} is not running.", remedy="Start it first.")
        with self.changing_slowly(key, "set the vCPUs of") as domain:
            try:
                domain.setVcpusFlags(count, LIVE)
            except libvirt.libvirtError as error:
                if error.get_error_code() != libvirt.VIR_ERR_OPERATION_TIMEOUT:
                    raise
        domain = self.find(key)
        with self.vnode.connection.asking(f"count the vCPUs of {domain.name()}"):
            present = domain.vcpusFlags(LIVE)
            stored = domain.vcpusFlags(STORED) if domain.isPersistent() else None
        if present != count:
            raise NotDone(
                f"{domain.name()} was asked to run with {_vcpus(count)} and runs with {present}: its guest does not "
                f"let go{'' if stored is None else f', and its definition has {stored} as before'}.",
                remedy="Take them off line in the guest and try again, or change the definition alone with --stored.",
            )


def _vcpus(count: int) -> str:
    return f"{count} vCPU{'' if count == 1 else 's'}"
