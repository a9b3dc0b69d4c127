"""Domain XML as a tree: reading it safely, writing it, and the few edits that lxml has no word for.

The only place that imports lxml, and only when XML is handled: listing VMs needs none.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from convirt_core.errors import ConfigError, InvalidInput

if TYPE_CHECKING:
    from lxml.etree import _Element

LIMIT_CHARACTERS = 4 << 20
"""The longest string that libvirt's protocol carries (REMOTE_STRING_MAX in remote_protocol.x)."""

_ORDER = (
    *("name", "uuid", "description", "memory", "currentMemory", "vcpu", "bootloader", "bootloader_args"),
    *("os", "features", "cpu"),
    *("on_poweroff", "on_reboot", "on_crash", "devices"),
)
"""In which libvirt writes what we add (`virDomainDefFormatInternalSetRootName` in domain_conf.c). Its schema says that
any order will do, but libxml2's validator takes some for wrong, such as a `<uuid>` after `<os>`."""


def parse_xml(xml: str, tag: str, origin: str = "") -> _Element:
    """Read a document whose root is `<tag>`. No entity, file or network is ever followed.

    :param origin: where the text comes from, for messages
    :raises ConfigError: if it is not well-formed; says line and column
    :raises InvalidInput: if it is too long, has a document type, or is something else than a `<tag>`
    """
    from lxml import etree  # noqa: PLC0415  20 ms that a listing of VMs does not need

    place = origin or f"the {tag} XML"
    if len(xml) > LIMIT_CHARACTERS:
        raise InvalidInput(f"{place} is longer than {LIMIT_CHARACTERS >> 20} MiB.")
    if "<!DOCTYPE" in xml:
        raise InvalidInput(f"{place} has a DOCTYPE, which is never read.", remedy="Remove the DOCTYPE.")
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(xml.encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = error.msg.partition(", line ")[0]
        raise ConfigError(f"not well-formed: {reason}", source=place, line=line, column=column) from error
    if root.tag != tag:
        raise InvalidInput(f"{place} begins with <{root.tag}>, not with <{tag}>.")
    return root


def parse_domain(xml: str, origin: str = "") -> _Element:
    """Read domain XML; see `parse_xml`."""
    return parse_xml(xml, "domain", origin)


def to_text(element: _Element) -> str:
    """Return an element as text, without what follows it; a part is freed of name spaces it does not use."""
    from lxml import etree  # noqa: PLC0415  see parse_xml

    if element.getparent() is not None:
        element = copy.deepcopy(element)
        etree.cleanup_namespaces(element)
    return etree.tostring(element, encoding="unicode", with_tail=False)


def new_element(tag: str, **attributes: str) -> _Element:
    """Make an element without a parent."""
    from lxml import etree  # noqa: PLC0415  see parse_xml

    return etree.Element(tag, attributes)


def add(parent: _Element, tag: str, text: str = "", **attributes: str) -> _Element:
    """Append a new child; attributes with an empty value are left out."""
    child = parent.makeelement(tag, {name: value for name, value in attributes.items() if value})
    child.text = text or None
    append(parent, child)
    return child


def append(parent: _Element, child: _Element) -> None:
    """Append a child, indented as its siblings are; one of the domain goes where libvirt itself puts it."""
    later = _ORDER[_ORDER.index(child.tag) + 1 :] if parent.tag == "domain" and child.tag in _ORDER else ()
    for sibling in parent:
        if sibling.tag in later:
            child.tail = _space_before(sibling)
            sibling.addprevious(child)
            return
    if len(parent):
        child.tail, parent[-1].tail = parent[-1].tail, parent.text
    parent.append(child)


def _space_before(element: _Element) -> str | None:
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        return previous.tail
    return None if parent is None else parent.text


def drop(element: _Element) -> None:
    """Remove an element with the white space after it; nothing else moves."""
    parent, previous = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.getnext() is None and previous is not None:
        previous.tail = element.tail
    parent.remove(element)


def child(parent: _Element, tag: str) -> _Element:
    """Return the first child of that tag; made if there is none."""
    found = parent.find(tag)
    return add(parent, tag) if found is None else found


def set_text(parent: _Element, tag: str, text: str) -> None:
    """Make `<tag>` the bearer of a text; its attributes stay."""
    child(parent, tag).text = text


def set_attribute(element: _Element, name: str, value: str) -> None:
    """Set an attribute; an empty value removes it."""
    if value:
        element.set(name, value)
    elif name in element.attrib:
        del element.attrib[name]


def set_flag(parent: _Element, tag: str, wanted: bool) -> None:
    """Have the empty element `<tag/>`, or not."""
    found = parent.find(tag)
    if wanted and found is None:
        add(parent, tag)
    elif not wanted and found is not None:
        drop(found)


def drop_all(parent: _Element, path: str) -> None:
    """Remove all elements of a path."""
    for element in parent.findall(path):
        drop(element)
