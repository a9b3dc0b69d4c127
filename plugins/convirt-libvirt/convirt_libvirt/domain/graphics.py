"""The VM's screen: the keys `vnc`, `vnclisten`, `vncpasswd`, and where a running VM serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput
from convirt_core.model import GraphicalConsole
from convirt_libvirt.domain.key import Key
from convirt_libvirt.domain.values import flag, line
from convirt_libvirt.domain.xml import add, child, drop_all, parse_domain, set_attribute

if TYPE_CHECKING:
    from lxml.etree import _Element

VNC = "devices/graphics[@type='vnc']"
LOCALHOST = "127.0.0.1"
LONGEST_PASSWORD = 8
"""VNC's authentication uses eight characters and no more (RFC 6143, section 7.2.2)."""


def _screen(domain: _Element) -> _Element:
    """Return the VNC screen; made, on the server's own loopback, if there is none."""
    screen = domain.find(VNC)
    if screen is None:
        screen = add(child(domain, "devices"), "graphics", type="vnc", port="-1", autoport="yes", listen=LOCALHOST)
        add(screen, "listen", type="address", address=LOCALHOST)
    return screen


def _set_vnc(domain: _Element, value: object) -> None:
    if flag("vnc", value):
        _screen(domain)
    else:
        drop_all(domain, VNC)


def _get_listen(domain: _Element) -> str | None:
    screen = domain.find(VNC)
    if screen is None:
        return None
    listen = screen.find("listen[@type='address']")
    return screen.get("listen") or (None if listen is None else listen.get("address"))


def _set_listen(domain: _Element, value: object) -> None:
    """The attribute and the first `<listen>` must agree, or libvirt refuses the definition."""
    address = line("vnclisten", value)
    if not address or any(character.isspace() or character == "/" for character in address):
        raise InvalidInput(f"vnclisten is an address of the server, such as {LOCALHOST}; not {value!r}.")
    screen = _screen(domain)
    listen = screen.find("listen")
    if listen is not None and listen.get("type") != "address":
        drop_all(screen, "listen")
    screen.set("listen", address)
    set_attribute(screen, "socket", "")
    listen = child(screen, "listen")
    listen.set("type", "address")
    listen.set("address", address)


def _remove_listen(domain: _Element) -> None:
    """Leave the address to the server's own configuration."""
    screen = domain.find(VNC)
    if screen is not None:
        set_attribute(screen, "listen", "")
        drop_all(screen, "listen[@type='address']")


def _get_password(domain: _Element) -> str | None:
    screen = domain.find(VNC)
    return None if screen is None else screen.get("passwd")


def _set_password(domain: _Element, value: object) -> None:
    """Checked here, for no message may say what it was."""
    if not isinstance(value, str):
        raise InvalidInput("vncpasswd is a text.", remedy="In a python-config file, write it in quotes.")
    if not 1 <= len(value) <= LONGEST_PASSWORD or not value.isprintable():
        raise InvalidInput(f"vncpasswd has 1 to {LONGEST_PASSWORD} printable characters: VNC reads no more.")
    _screen(domain).set("passwd", value)


def _remove_password(domain: _Element) -> None:
    screen = domain.find(VNC)
    if screen is not None:
        _forget_password(screen)


def forget_passwords(domain: _Element) -> None:
    """Take every screen's password away, of SPICE and of a second one too."""
    for screen in domain.iterfind("devices/graphics"):
        _forget_password(screen)


def _forget_password(screen: _Element) -> None:
    for name in ("passwd", "passwdValidTo", "connected"):
        set_attribute(screen, name, "")


KEYS = (
    Key(
        "vnc",
        lambda domain: int(domain.find(VNC) is not None),
        _set_vnc,
        lambda domain: drop_all(domain, VNC),
    ),
    Key("vnclisten", _get_listen, _set_listen, _remove_listen),
    Key("vncpasswd", _get_password, _set_password, _remove_password),
)


def graphical_console(xml: str) -> GraphicalConsole | None:
    """Say where a running VM serves its screen, or None. VNC goes before SPICE.

    :param xml: of the running domain, with its secrets (else a password is not seen)
    """
    found = [_served(element) for element in parse_domain(xml).findall("devices/graphics")]
    served = [console for console in found if console]
    return min(served, key=lambda console: console.protocol != "vnc", default=None)


def _served(element: _Element) -> GraphicalConsole | None:
    protocol, port = element.get("type", ""), int(element.get("port", "-1"))
    socket = element.find("listen[@type='socket']")
    path = element.get("socket") or ("" if socket is None else socket.get("socket", ""))
    if protocol not in {"vnc", "spice"} or (port <= 0 and not path):
        return None
    has_password = element.get("passwd") is not None
    if path:
        return GraphicalConsole(protocol, socket_path=path, needs_password=has_password)
    listen = element.find("listen")
    host = element.get("listen") or ("" if listen is None else listen.get("address", ""))
    return GraphicalConsole(protocol, host or LOCALHOST, port, needs_password=has_password)
