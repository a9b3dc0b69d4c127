"""A key of a `LibvirtConfig`: a view on some elements of the domain XML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from convirt_libvirt.domain.xml import child, drop_all, set_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from lxml.etree import _Element


@frozen
class Key:
    """How one key is read from `<domain>` and written to it.

    :param get: the value, or None where the definition has none
    :param set: checks the value and edits only the elements concerned; raises `InvalidInput`
    :param remove: takes the elements away; None: the key cannot be deleted
    """

    name: str
    get: Callable[[_Element], object | None]
    set: Callable[[_Element, object], None]
    remove: Callable[[_Element], None] | None = None


def text_key(name: str, parent: str, tag: str, check: Callable[[str, object], str]) -> Key:
    """Return a key that is the text of one element.

    :param parent: path of the element it is in; `.` for the domain itself
    :param check: (key, value) → the text, or raises `InvalidInput`
    """
    path = tag if parent == "." else f"{parent}/{tag}"

    def write(domain: _Element, value: object) -> None:
        text = check(name, value)
        set_text(domain if parent == "." else child(domain, parent), tag, text)

    return Key(name, lambda domain: domain.findtext(path) or None, write, lambda domain: drop_all(domain, path))
