"""How a server's libvirt is reached: by a URI of its own, on this machine, or over the session with the server."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import libvirt

from convirt_core.errors import InvalidInput, NotFound
from convirt_libvirt.uri import own_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.model import ManagedNode
    from convirt_core.platforms import Forwarded, NodeProxy, NodeSession
    from convirt_libvirt.reach import Opening

OPEN_SECONDS = 10.0
"""For opening a connection to another machine."""

HELPER = "virt-ssh-helper"
_NO_HELPER = "there is no virt-ssh-helper"
_RUN_HELPER = f"""\
command -v {HELPER} >/dev/null 2>&1 || {{ echo "{_NO_HELPER}" >&2; exit 127; }}
exec {HELPER} "$1"
"""
_SOCKETS = {"qemu": "virtqemud-sock", "xen": "virtxend-sock"}
_FOLDER = "/run/libvirt"
_ONE_FOR_ALL = "libvirt-sock"


class Address:
    """Where one connection after the other can be opened to a server's libvirt, until it is closed.

    :ivar uri: for `libvirt.open`; where it is forwarded it leads through a passing socket, which tells a person nothing
    :ivar shown_uri: for a person: there the URI as it is on that server
    :ivar way: likewise, how it is forwarded from there, such as `over ssh, by virt-ssh-helper`; else empty
    :ivar has_timed_out: whether an opening was ended by its deadline
    :param forwarded: what the URI leads through
    """

    def __init__(self, uri: str, forwarded: Forwarded | None = None, *, shown_uri: str = "", way: str = "") -> None:
        self.uri = uri
        self.shown_uri = shown_uri or uri
        self.way = way
        self.has_timed_out = False
        self._forwarded = forwarded
        self._openings: set[Opening] = set()

    @property
    def complaint(self) -> str:
        """What the server said when the last connection ended; maybe empty."""
        return self._forwarded.complaint if self._forwarded else ""

    def is_cause_of(self, words: str) -> bool:
        """Whether words of libvirt's are about our own end: it was closed while somebody came to it."""
        return self._forwarded is not None and self._forwarded.path in words

    @property
    def lacks_helper(self) -> bool:
        """Whether the server has no libvirt, or one from before 6.8, which had no helper yet."""
        return _NO_HELPER in self.complaint

    def open(self, place: str) -> libvirt.virConnect:
        """Open one more connection: to another machine by a deadline, on this one it has none of its own.

        :param place: the server's name
        :raises ServerUnavailable: nobody takes the connection, or answers
        :raises libvirtError: it was refused
        """
        if "://" in self.uri and ":///" not in self.uri:
            return self._open_over_network(place)
        with self._limited():
            return libvirt.open(self.uri)

    def close(self) -> None:
        """End what leads through us, hanging calls too, and all waiting. May be called twice."""
        for opening in tuple(self._openings):
            opening.leave()
        if self._forwarded is not None:
            self._forwarded.close()

    def _open_over_network(self, place: str) -> libvirt.virConnect:
        from convirt_libvirt.reach import Opening, check_port  # noqa: PLC0415  most servers are reached otherwise

        check_port(self.uri, place)
        opening = Opening(self.uri, place)
        self._openings.add(opening)
        try:
            return opening.result(OPEN_SECONDS)
        finally:
            self._openings.discard(opening)

    @contextmanager
    def _limited(self) -> Iterator[None]:
        """Have an opening end by a deadline, as far as it leads through us: a stopped libvirtd would hang it."""
        if self._forwarded is None:
            yield
            return
        timer = threading.Timer(OPEN_SECONDS, self._time_out)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _time_out(self) -> None:
        self.has_timed_out = True
        self.close()


def find_address(node: ManagedNode, session: NodeSession, default: str) -> Address:
    """Return the server's own URI, the default for this machine, or a way over the session with the server.

    :param default: such as `qemu:///system`
    :raises InvalidInput: its own URI leads to this machine, and the server is another
    """
    if uri := own_uri(node):
        _refuse_elsewhere(node, uri)
        return Address(uri)
    if node.is_local:
        return Address(default)
    argv = ["/bin/sh", "-c", _RUN_HELPER, "sh", default]
    return _through(default, session.proxy.forward_command(argv), f"by {HELPER}")


def _refuse_elsewhere(node: ManagedNode, uri: str) -> None:
    """Refuse a URI without a host for another machine: libvirt takes it for this one's."""
    parts = urlsplit(uri)
    if not node.is_local and (not parts.hostname or parts.scheme.endswith("+unix")):
        raise InvalidInput(
            f"The URI {uri} leads to libvirt on this machine, and {node.name} is at {node.address}.",
            remedy="Leave the option 'uri' out: libvirt is then reached over the server's own connection; or name the "
            f"host in it, such as qemu+tls://{node.address}/system.",
        )


def find_older_address(proxy: NodeProxy, default: str, place: str) -> Address:
    """Return the way to the socket of a libvirt that has no helper.

    :param place: the server's name
    :raises NotFound: there is none
    """
    driver = _SOCKETS.get(urlsplit(default).scheme, _ONE_FOR_ALL)
    for path in dict.fromkeys((f"{_FOLDER}/{driver}", f"{_FOLDER}/{_ONE_FOR_ALL}")):
        if proxy.stat(path):
            return _through(default, proxy.forward_unix(path), f"to its socket {path}")
    raise NotFound(
        f"There is no libvirt on {place}.",
        remedy="Install it there (Debian: libvirt-daemon-system), or name another server.",
    )


def _through(default: str, forwarded: Forwarded, way: str) -> Address:
    scheme, _, rest = default.partition(":")
    uri = f"{scheme}+unix:{rest}?socket={quote(forwarded.path)}"
    return Address(uri, forwarded, shown_uri=default, way=f"over ssh, {way}")
