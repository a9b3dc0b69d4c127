"""What can go wrong with a Xen server, each for as long as a `with` lasts."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from labs.xen.lab import XenLab


@contextmanager
def stopped_libvirtd(lab: XenLab) -> Iterator[None]:
    """SIGSTOP of libvirtd, until SIGCONT: it takes connections and answers nothing."""
    lab.run("pkill", "-STOP", "-x", "libvirtd")
    try:
        yield
    finally:
        lab.run("pkill", "-CONT", "-x", "libvirtd")


@contextmanager
def killed_libvirtd(lab: XenLab) -> Iterator[None]:
    """SIGKILL of libvirtd; it starts again in the end."""
    lab.kill_libvirtd()
    try:
        yield
    finally:
        lab.start_libvirtd()


@contextmanager
def frozen(lab: XenLab) -> Iterator[None]:
    """The whole server stands still: connections stay and nothing answers; in the end it goes on where it was."""
    os.kill(lab.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(lab.pid, signal.SIGCONT)


@contextmanager
def switched_off(lab: XenLab) -> Iterator[None]:
    """The plug is pulled; in the end it starts as a new server, without the domains and files that it had."""
    lab.stop()
    try:
        yield
    finally:
        lab.start()
