"""The root device on a kernel's command line: its word `root=…`, before all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_libvirt.domain.key import Key
from convirt_libvirt.domain.values import line
from convirt_libvirt.domain.xml import child, drop_all, set_text

if TYPE_CHECKING:
    from lxml.etree import _Element

_ROOT = "root="


def _words(domain: _Element) -> list[str]:
    return (domain.findtext("os/cmdline") or "").split()


def _get_root(domain: _Element) -> str | None:
    return next((word.removeprefix(_ROOT) for word in _words(domain) if word.startswith(_ROOT)), None)


def _set_root(domain: _Element, value: object) -> None:
    """Have the device first on the kernel's command line, or nowhere; the other words stay."""
    root, others = line("root", value).strip(), [word for word in _words(domain) if not word.startswith(_ROOT)]
    if root == (_get_root(domain) or ""):
        return
    words = [f"{_ROOT}{root}", *others] if root else others
    set_text(child(domain, "os"), "cmdline", " ".join(words))
    if not words:
        drop_all(domain, "os/cmdline")


ROOT = Key("root", _get_root, _set_root, lambda domain: _set_root(domain, ""))
"""For platforms whose definitions, or templates, have it beside `extra`."""
