"""Old files of xend's: s-expressions, as `xm list --long` wrote them and `xm create -F` read them.

A list in parentheses of words, texts in quotes (single or double, a backslash keeps the next character) and lists
(Xen 3.4, `tools/python/xen/xend/sxp.py`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convirt_core.errors import ConfigError, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Sxp = str | list["Sxp"]

_TOKEN = re.compile(r"""([()])|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s()"']+)|(\s+)""", re.DOTALL)


def read_sxp(text: str, source: str = "") -> list[Sxp]:
    """Read one list.

    :param source: a name for it, for messages
    :raises ConfigError: it is none; says line and column
    """
    whole: list[list[Sxp]] = []
    open_lists: list[list[Sxp]] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _error(text, at, "the text has no end", source)
        mark, double, single, word, blank = found.groups()
        if not blank and not open_lists and (mark != "(" or whole):
            raise _error(text, at, "there is more than one list" if whole else "'(' is expected", source)
        if mark == "(":
            inner: list[Sxp] = []
            (open_lists[-1] if open_lists else whole).append(inner)
            open_lists.append(inner)
        elif mark:
            open_lists.pop()
        elif not blank:
            open_lists[-1].append(word or re.sub(r"\\(.)", r"\1", double or single or "", flags=re.DOTALL))
        at = found.end()
    if open_lists or not whole:
        raise _error(text, len(text), "a ')' is missing" if whole else "'(' is expected", source)
    return whole[0]


def _error(text: str, at: int, reason: str, source: str) -> ConfigError:
    return ConfigError(reason, source=source, line=text.count("\n", 0, at) + 1, column=at - text.rfind("\n", 0, at))


_PLAIN = ("name", "uuid", "memory", "maxmem", "vcpus", "bootloader", "on_poweroff", "on_reboot", "on_crash")
_OF_IMAGE = {"kernel": "kernel", "ramdisk": "ramdisk", "args": "extra", "root": "root", "boot": "boot"}


def values_of(domain: list[Sxp]) -> dict[str, object]:
    """Return the keys of a definition that a `(domain …)` or `(vm …)` says; what is only true of a run is left out.

    :raises InvalidInput: it is something else
    """
    if not domain or domain[0] not in ("domain", "vm"):
        raise InvalidInput("The file begins with neither (domain nor (vm.", remedy="Give it a file of xend's.")
    values: dict[str, object] = {key: found for key in _PLAIN if (found := _text(domain, key))}
    for image in _lists(domain, "image"):
        builder = image[1] if len(image) > 1 and isinstance(image[1], list) else []
        values |= {ours: found for key, ours in _OF_IMAGE.items() if (found := _text(builder, key))}
        if builder:
            values["builder"] = builder[0]
    said = (device[1] for device in _lists(domain, "device") if device[1:])
    devices = [device for device in said if device and isinstance(device, list)]
    values["disk"] = [_disk(device) for device in devices if device[0] in ("vbd", "tap")]
    values["vif"] = [_card(device) for device in devices if device[0] == "vif"]
    return {key: value for key, value in values.items() if value != []}


def _lists(parent: Sequence[Sxp], name: str) -> list[list[Sxp]]:
    return [part for part in parent if isinstance(part, list) and part and part[0] == name]


def _text(parent: Sequence[Sxp], name: str) -> str:
    """Return the text of `(name text)`, or nothing."""
    found = next(iter(_lists(parent, name)), [])
    return found[1] if len(found) > 1 and isinstance(found[1], str) else ""


def _disk(device: Sequence[Sxp]) -> str:
    return f"{_text(device, 'uname')},{_text(device, 'dev').removesuffix(':disk')},{_text(device, 'mode')}"


def _card(device: Sequence[Sxp]) -> str:
    known: Mapping[str, str] = {name: _text(device, name) for name in ("mac", "bridge", "model", "vifname")}
    return ",".join(f"{name}={value}" for name, value in known.items() if value)
