"""What libvirt tells without being asked, for whoever listens to one server."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import libvirt

from convirt_core import model
from convirt_libvirt.errors import is_unsupported

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convirt_core.model import Event
    from convirt_libvirt.connection import Connection

    Listener = Callable[[Event], None]

_logger = logging.getLogger("convirt.libvirt")
_BOOTED = (libvirt.VIR_DOMAIN_EVENT_STARTED, libvirt.VIR_DOMAIN_EVENT_STARTED_BOOTED)


class Events:
    """The listeners of one server and the boots it has told of. Lasts over reconnections. Any thread.

    :param server: its id
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._listeners: tuple[Listener, ...] = ()
        self._boots: Counter[str] = Counter()

    @property
    def boots(self) -> Mapping[str, int]:
        """How many boots were seen, by key."""
        return self._boots

    def listen_to(self, connection: Connection) -> bool:
        """Have a connection's events; they end with it. Return whether its driver has events."""
        try:
            connection.listen(libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, self._on_lifecycle)
            connection.listen(libvirt.VIR_DOMAIN_EVENT_ID_REBOOT, self._on_reboot)
        except libvirt.libvirtError as error:
            if not is_unsupported(error):
                raise
            return False
        return True

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` at each event, in libvirt's event thread; return what ends it."""
        with self._lock:
            self._listeners += (listener,)

        def end() -> None:
            with self._lock:
                self._listeners = tuple(other for other in self._listeners if other is not listener)

        return end

    def _on_lifecycle(self, _handle: Any, domain: Any, event: int, detail: int, _opaque: object) -> None:
        key = domain.UUIDString()
        if (event, detail) == _BOOTED:
            self._boots[key] += 1
        from convirt_libvirt.lifecycle import lifecycle  # noqa: PLC0415  the first event comes late or never

        known = lifecycle(event, detail)
        if known:
            kind, state, word = known
            self._tell(model.Event(self._server, kind, key, state, word))

    def _on_reboot(self, _handle: Any, domain: Any, _opaque: object) -> None:
        key = domain.UUIDString()
        self._boots[key] += 1
        self._tell(model.Event(self._server, model.EventKind.REBOOT, key, model.VMState.RUNNING))

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except Exception:  # one listener's mistake must not cost the others their events
                _logger.exception("a listener failed at %s of %s", event.kind, event.server)
