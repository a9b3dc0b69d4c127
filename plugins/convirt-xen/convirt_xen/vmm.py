"""The libxl driver of one server."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

import libvirt

from convirt_core.errors import Busy, NotFound, NotSupported, OperationFailed, ServerUnavailable, WrongState
from convirt_core.model import Capability, VMState
from convirt_libvirt.vmm import LibvirtVMM
from convirt_xen.log import log_size, reason_since
from convirt_xen.xl import number_held, run_xl

if TYPE_CHECKING:
    from convirt_core.model import Disk
    from convirt_core.platforms import VM, VMInfo
    from convirt_xen.config import XenConfig
    from convirt_xen.vnode import XenVNode

_NO_RUN = -1
"""libvirt's number of a domain that Xen does not hold."""


class XenVMM(LibvirtVMM):
    """VMs under Xen. What differs from libvirt's others is how a reboot looks, and where the reasons are."""

    vnode: XenVNode
    reboots_are_new_runs: ClassVar[bool] = True
    undefine_flags: ClassVar[int] = libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
    measures_migrations: ClassVar[bool] = False
    migration_flags: ClassVar[int] = ~(libvirt.VIR_MIGRATE_ABORT_ON_ERROR | libvirt.VIR_MIGRATE_UNSAFE)

    def read_config(self, xml: str) -> XenConfig:
        from convirt_xen.config import XenConfig  # noqa: PLC0415  a listing of VMs needs no XML

        return XenConfig(xml)

    def info(self, key: str) -> VMInfo:
        try:
            return super().info(key)
        except NotFound:
            from convirt_xen.information import info_of_stranger  # noqa: PLC0415  a domain of xl's is rare

            return info_of_stranger(self.vnode.held(key))

    def start(self, key: str) -> None:
        proxy = self.vnode.session.proxy
        begin = log_size(proxy)
        try:
            super().start(key)
        except OperationFailed as error:
            raise self._explained(key, error, reason_since(proxy, begin)) from error

    def shutdown(self, key: str) -> None:
        """Ask; at the end of a run there is nobody to be asked, and the new one is when it is seen."""
        number = self.find(key).ID()
        try:
            super().shutdown(key)
        except (OperationFailed, WrongState):
            if not self.vnode.is_worked_on(key) and self.find(key).ID() == number:
                raise

    def kill(self, key: str) -> None:
        """Try twice: libvirt begins a guest's next run for longer than it lets others wait for their turn.

        By then the guest may be in a run that nobody asked to end: it is left alone. Of a guest between two runs the
        next one is meant.
        """
        number = self.find(key).ID()
        try:
            super().kill(key)
        except Busy:
            if number not in {_NO_RUN, self.find(key).ID()}:
                raise
            super().kill(key)

    def remove(self, key: str) -> None:
        """End it first between two runs: the guest would come back without a definition."""
        if self.vnode.is_worked_on(key):
            try:
                self.kill(key)
            except (OperationFailed, WrongState):  # it may have stopped at this moment
                if self.vnode.is_worked_on(key) or number_held(self.vnode.session.proxy, key):
                    raise
        super().remove(key)

    def attach_disk(self, key: str, disk: Disk, *, live: bool, stored: bool) -> None:
        """Tell of a disk that an attach which was cut off has left in Xen, by its number."""
        try:
            super().attach_disk(key, disk, live=live, stored=stored)
        except OperationFailed as error:
            with suppress(ServerUnavailable):
                number, device = self.find(key).ID(), _device_number(disk.target)
                if device and f"\n{device} " in run_xl(self.vnode.session.proxy, f"block-list {number}").text:
                    command = f"xl block-detach {number} {disk.target}"
                    raise self._left_over(error, f"a disk {disk.target} of it", command) from error
            raise

    def key_in(self, path: str) -> str:
        """Read it from the file: the driver (9.0) does not. 64 bytes, then the definition (`libxl_conf.h`)."""
        begin = self.vnode.session.proxy.run(["head", "-c", f"{1 << 16}", path]).stdout
        found = re.search(rb"<uuid>([0-9a-f-]{36})</uuid>", begin)
        if found is None or not begin.startswith(b"libvirt-xml\n"):
            raise OperationFailed(f"{path} holds no VM that libvirt's Xen driver saved.")
        return found[1].decode()

    def is_migrating(self, key: str) -> bool:
        """Take every job for it: the driver (9.0) does not say what one is for."""
        return self.vnode.is_worked_on(key)

    def stop_migration(self, key: str) -> None:
        """Refuse: the driver (9.0) has no call that ends a job."""
        if self.is_migrating(key):
            message = f"libvirt works on {self.find(key).name()}; whether that is a migration it does not say."
            remedy = "Its driver for Xen cannot end it: wait until it has ended, and look where the VM is then."
            raise NotSupported(message, remedy=remedy)

    def is_done(self, capability: Capability, before: VM, now: VM) -> bool | None:
        """A reboot is done when a new run is seen: just after it was asked for, the old one still reads running."""
        if capability is Capability.REBOOT:
            return now.state is VMState.RUNNING and now.id not in {None, before.id}
        return None

    def _explained(self, key: str, error: OperationFailed, reason: str) -> OperationFailed:
        """Add Xen's own reason, with the kernel that it leaves out.

        Say what to do where a start that was cut off has left a half domain in Xen.
        """
        with suppress(NotFound, ServerUnavailable):
            if "no loader found" in reason:
                reason = f"{self.config(key).get('kernel', 'what was booted')} is no kernel for Xen ({reason})"
        words = f"{error.message.rstrip('.')}: {reason.rstrip('.')}." if reason else error.message
        explained = OperationFailed(words, remedy=error.remedy or "See the kernel, ramdisk and disks it names.")
        with suppress(ServerUnavailable):
            if number := number_held(self.vnode.session.proxy, key):
                return self._left_over(explained, "a domain of this VM", f"xl destroy {number}")
        return explained

    def _left_over(self, error: OperationFailed, what: str, command: str) -> OperationFailed:
        """Say how to remove what a call that was cut off has left in Xen."""
        message = f"{error.message.rstrip('.')}; Xen holds {what} that libvirt does not know of."
        return OperationFailed(message, remedy=f"Remove it on {self.vnode.node.name} with '{command}', and try again.")


def _device_number(target: str) -> int | None:
    """Return Xen's number of a disk (`xen-vbd-interface(7)`); None: the target is none of `xvda` to `xvdp`."""
    letter = re.fullmatch("xvd([a-p])", target)
    return (202 << 8) + (ord(letter[1]) - ord("a") << 4) if letter else None
