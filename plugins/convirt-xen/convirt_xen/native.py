"""Files of xl's as libvirt converts them; one that is there is edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.config import ConfigDocument
from convirt_core.platforms import SECRET_KEYS

if TYPE_CHECKING:
    from convirt_libvirt.connection import Connection


def xml_of(connection: Connection, text: str, origin: str = "the file") -> str:
    """Return what libvirt makes of a file; what that does not know of xl's keys is lost.

    It is given the values alone: of the syntax its own parser knows less than ours.

    :raises ConfigError: it cannot be read; says line and column
    :raises OperationFailed: it says what libvirt does not know, such as `cpus` as a list
    """
    plain = ConfigDocument()
    plain.update(ConfigDocument.parse(text, origin))
    with connection.asking(f"convert {origin}"):
        return str(connection.handle.domainXMLFromNative("xen-xl", plain.text))


def xl_of(connection: Connection, xml: str, text: str = "") -> str:
    """Return a file of xl's that says what a definition does. libvirt (9.0) calls the format vhd by a wrong name.

    :param text: the file that said it until now: in it is changed what libvirt tells differently of the two, and
        all else stays: comments, order, and the keys that libvirt does not know, but for passwords
    """
    with connection.asking("convert the definition"):
        written = str(connection.handle.domainXMLToNative("xen-xl", xml)).replace("format=xvhd,", "format=vhd,")
    if not text:
        return written
    document, now = ConfigDocument.parse(text), ConfigDocument.parse(written)
    before = ConfigDocument.parse(xl_of(connection, xml_of(connection, text)))
    # of extra and root libvirt makes a cmdline, beside which xl does not read them
    told = {name: "cmdline" if name in {"extra", "root"} else name for name in (*document, *now)}
    kept = [name for name in told if now.get(told[name]) == before.get(told[name]) and name not in SECRET_KEYS]
    document.replace_all(now, keep=kept)
    return document.text
