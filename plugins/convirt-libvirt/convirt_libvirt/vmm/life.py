"""Starting, stopping, pausing."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

import libvirt

from convirt_libvirt.vmm.base import LibvirtVMMBase


class Life(LibvirtVMMBase):
    """The life of a VM, from the power button's side."""

    def start(self, key: str) -> None:
        with self.changing_slowly(key, "start") as domain:
            domain.create()

    def shutdown(self, key: str) -> None:
        with self.changing_slowly(key, "shut down") as domain:
            domain.shutdown()

    def reboot(self, key: str) -> None:
        with self.changing_slowly(key, "reboot") as domain:
            domain.reboot(0)

    def reset(self, key: str) -> None:
        with self.changing_slowly(key, "reset") as domain:
            domain.reset(0)

    def kill(self, key: str) -> None:
        # A process that hangs in the kernel gets 15 s before libvirt gives up.
        with self.changing_slowly(key, "kill") as domain:
            domain.destroy()

    def pause(self, key: str) -> None:
        with self.changing_slowly(key, "pause") as domain:
            domain.suspend()

    def resume(self, key: str) -> None:
        with self.changing_slowly(key, "resume") as domain:
            state, _ = domain.state()
            if state == libvirt.VIR_DOMAIN_PMSUSPENDED:
                domain.pMWakeup(0)
            else:
                domain.resume()
