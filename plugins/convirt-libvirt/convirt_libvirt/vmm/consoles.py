"""The serial line and the screen of a VM."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

from typing import TYPE_CHECKING

import libvirt

from convirt_core.errors import Busy, NotSupported, WrongState
from convirt_core.model import Capability
from convirt_libvirt.serial import StreamConsole
from convirt_libvirt.vmm.base import LibvirtVMMBase

if TYPE_CHECKING:
    from convirt_core.model import GraphicalConsole
    from convirt_core.platforms import SerialConsole


class Consoles(LibvirtVMMBase):
    """Opening consoles."""

    def open_serial_console(self, key: str, *, force: bool = False) -> SerialConsole:
        domain = self.find(key)
        if not self.is_active(domain):
            raise WrongState(f"{domain.name()} is not running.", remedy="Start it first.")
        connection = self.vnode.connection
        with connection.changing(f"open the console of {domain.name()}"):
            stream = connection.handle.newStream(libvirt.VIR_STREAM_NONBLOCK)
            try:
                domain.openConsole(None, stream, libvirt.VIR_DOMAIN_CONSOLE_FORCE if force else 0)
            except libvirt.libvirtError as error:
                _refine(error, domain.name())
                raise
        title = f"The console of {domain.name()} on {connection.place}"
        return StreamConsole(stream, title, connection.is_alive, connection.in_turn)

    def graphical_console(self, key: str) -> GraphicalConsole:
        from convirt_libvirt.domain import graphical_console  # noqa: PLC0415  a listing of VMs needs no XML

        if Capability.GRAPHICAL_CONSOLE not in self.vnode.capabilities:
            self._refuse(Capability.GRAPHICAL_CONSOLE)
        domain = self.find(key)
        if not self.is_active(domain):
            raise WrongState(f"{domain.name()} is not running.", remedy="Start it first.")
        screen = graphical_console(self.live_xml_of(domain, secrets=True))
        if screen is None:
            raise NotSupported(
                f"{domain.name()} has no screen.", remedy="Set 'vnc' to 1 in its definition and start it anew."
            )
        return screen


def _refine(error: libvirt.libvirtError, name: str) -> None:
    """Raise for the two refusals that libvirt gives no code of their own (libvirt 9.0, `qemu_driver.c`)."""
    text = error.get_error_message() or ""
    if "Active console session" in text:
        raise Busy(
            f"Somebody has the console of {name} open.", remedy="Force it open: their session then ends."
        ) from error
    if "cannot find console device" in text or "no console devices" in text or "is not using a PTY" in text:
        raise NotSupported(f"{name} has no serial console that can be opened.") from error
