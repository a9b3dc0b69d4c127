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
        """Begin with the runs that there are: one may have begun, and the one before not yet been told to have ended.

        What was known before is not: a host that was restarted in between counts anew.
        """
        self._runs.clear()
        has_events = super().listen_to(connection)
        for domain in connection.handle.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
            self._runs.setdefault(domain.UUIDString(), domain.ID())  # an event meanwhile knows better
        return has_events

    def _on_lifecycle(self, handle: Any, domain: Any, event: int, detail: int, opaque: object) -> None:
        key, number = domain.UUIDString(), domain.ID()
        if event == libvirt.VIR_DOMAIN_EVENT_STARTED:
            self._runs[key] = number
        if event == libvirt.VIR_DOMAIN_EVENT_STOPPED and 0 <= number < self._runs.get(key, 0):
            self._on_reboot(handle, domain, opaque)
        else:
            super()._on_lifecycle(handle, domain, event, detail, opaque)
