"""The one thread that keeps the heartbeats of an application."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from convirt_core.services.servers.pulse import Pulse

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.services.servers.server import Server

_logger = logging.getLogger("convirt.servers")

TICK_SECONDS = 0.2


class Heart:
    """Steps the pulses of the watched servers. Any thread.

    Its thread is started with the first of them and ends with the last.

    :param clock: monotonic, seconds
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._pulses: dict[Server, tuple[Pulse, int]] = {}
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, server: Server) -> None:
        """Watch a server; once more for each that does."""
        with self._lock:
            pulse, watchers = self._pulses.get(server) or (Pulse(server, clock=self._clock), 0)
            self._pulses[server] = pulse, watchers + 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, name="convirt-heart", daemon=True)
                self._thread.start()
        self._wake.set()

    def remove(self, server: Server) -> None:
        """Watch it no more, once for each `add`."""
        with self._lock:
            if server not in self._pulses:
                return
            pulse, watchers = self._pulses.pop(server)
            if watchers > 1:
                self._pulses[server] = pulse, watchers - 1
        self._wake.set()

    def close(self) -> None:
        """Watch none."""
        with self._lock:
            self._pulses.clear()
        self._wake.set()

    def _beat(self) -> None:
        while (pulses := self._due()) is not None:
            for pulse in pulses:
                try:
                    pulse.step()
                except Exception:  # a mistake with one server must not stop the hearts of all
                    _logger.exception("a heartbeat failed")
            self._wake.wait(TICK_SECONDS)
            self._wake.clear()

    def _due(self) -> list[Pulse] | None:
        """Return the pulses; None: the thread ends, so the next `add` starts another."""
        with self._lock:
            if self._pulses:
                return [pulse for pulse, _ in self._pulses.values()]
            self._thread = None
            return None
