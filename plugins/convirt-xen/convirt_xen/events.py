"""What the libxl driver tells without being asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import libvirt

from convirt_libvirt.events import Events

if TYPE_CHECKING:
    from convirt_libvirt.connection import Connection


class XenEvents(Events):
    """The events of one server, where a reboot tells of the new run first, and then that the old one has stopped.

    Such an end is told as the reboot that it is (libvirt 9.0: `libxlDomainShutdownThread`). Each event bears the number
    of its run.
    """

    def __init__(self, server: str) -> None:
        super().__init__(server)
        self._runs: dict[str, int] = {}

    def listen_to(self, connection: Connection) -> bool:
        """Begin with no runs: a host that was restarted in between counts anew."""
        self._runs.clear()
        return super().listen_to(connection)

    def _on_lifecycle(self, handle: Any, domain: Any, event: int, detail: int, opaque: object) -> None:
        key, number = domain.UUIDString(), domain.ID()
        if event == libvirt.VIR_DOMAIN_EVENT_STARTED:
            self._runs[key] = number
        if event == libvirt.VIR_DOMAIN_EVENT_STOPPED and 0 <= number < self._runs.get(key, 0):
            self._on_reboot(handle, domain, opaque)
        else:
            super()._on_lifecycle(handle, domain, event, detail, opaque)
