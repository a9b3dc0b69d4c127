"""libvirt's own event loop: the one thing in ConVirt that exists once per process, because libvirt has it so.

Keep-alive, events and non-blocking console streams need it, and it must be registered before the first
connection opens (libvirt, `virEventRegisterDefaultImpl`). It is started on first use, shared by every
`Application`, and never stopped: libvirt has no call for that.
"""

from __future__ import annotations

import logging
import threading
import time

import libvirt

_logger = logging.getLogger("convirt.libvirt")
_once = threading.Lock()
_runs = threading.Event()


def ensure_event_loop() -> None:
    """Start the loop in a daemon thread unless it runs, and keep libvirt from writing errors to stderr."""
    with _once:
        if _runs.is_set():
            return
        libvirt.registerErrorHandler(_ignore, None)
        libvirt.virEventRegisterDefaultImpl()
        threading.Thread(target=_run, name="libvirt-events", daemon=True).start()
        _runs.set()


def use_foreign_event_loop() -> None:
    """Say that this process runs a libvirt event loop of its own; called before the first connection."""
    with _once:
        _runs.set()


def _ignore(_context: object, _error: object) -> None:
    """Print nothing: every error reaches the caller as an exception."""


def _run() -> None:
    while True:
        try:
            libvirt.virEventRunDefaultImpl()
        except libvirt.libvirtError:
            _logger.exception("libvirt's event loop failed once; it goes on")
            time.sleep(1)  # an error that stays must not take a processor
