"""Why a connection to libvirt could not be opened, for the person."""

from __future__ import annotations

import libvirt

from convirt_core.errors import LoginFailed, ServerUnavailable
from convirt_libvirt.address import OPEN_SECONDS, Address
from convirt_libvirt.errors import not_answered, sentence

_NO_RIGHT = frozenset({libvirt.VIR_ERR_AUTH_UNAVAILABLE, libvirt.VIR_ERR_AUTH_FAILED, libvirt.VIR_ERR_AUTH_CANCELLED})
_DENIED = ("Permission denied", "access denied", "authentication")
_ABSENT = ("No such file or directory", "Connection refused")


def not_opened(error: libvirt.libvirtError, place: str, address: Address) -> ServerUnavailable:
    """Return the error to raise when `libvirt.open` failed.

    :param place: the server's name
    """
    if address.has_timed_out:
        return not_answered(place, OPEN_SECONDS)
    words = _reason(address.complaint) or sentence(error)
    if address.is_cause_of(words):
        return ServerUnavailable(f"The way to libvirt on {place} ended while it was being connected.")
    if error.get_error_code() in _NO_RIGHT or any(word in words for word in _DENIED):
        return LoginFailed(
            f"You may not use libvirt on {place}: {words}.",
            remedy="Add the user that you log in as to the group libvirt there (usermod -aG libvirt USER), or log in "
            "as root.",
        )
    if any(word in words for word in _ABSENT):
        return ServerUnavailable(
            f"libvirt does not run on {place}: {words}.",
            remedy="Start it there: systemctl start libvirtd, or libvirtd -d.",
        )
    return ServerUnavailable(
        f"Cannot connect to libvirt on {place} ({', '.join(filter(None, (address.shown_uri, address.way)))}): {words}.",
        remedy="Check that libvirtd runs there and that you may use it: convirt server check.",
    )


def _reason(complaint: str) -> str:
    """Return the innermost of `helper: cannot connect to 'socket': Failed to connect …: reason`."""
    last = (complaint.splitlines() or [""])[-1]
    return last.rpartition(": ")[2].rstrip(".")
