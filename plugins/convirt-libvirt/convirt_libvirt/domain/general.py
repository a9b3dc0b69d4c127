"""Keys that are one element each: names, the kernel, what happens at the end, the machine, its clock."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput
from convirt_core.model import check_vm_name
from convirt_libvirt.domain.key import Key, text_key
from convirt_libvirt.domain.values import choice, flag, line, path, text
from convirt_libvirt.domain.xml import child, set_flag

if TYPE_CHECKING:
    from lxml.etree import _Element

ENDS = ("destroy", "restart", "preserve", "rename-restart")
CRASH_ENDS = (*ENDS, "coredump-destroy", "coredump-restart")


def _name(key: str, value: object) -> str:
    return check_vm_name(line(key, value))


def _uuid(key: str, value: object) -> str:
    try:
        return str(uuid.UUID(line(key, value)))
    except ValueError as error:
        raise InvalidInput(f"{key} is a UUID, not {value!r}.") from error


def _end(key: str, value: object) -> str:
    return choice(key, value, CRASH_ENDS if key == "on_crash" else ENDS)


def _word(key: str, value: object) -> str:
    found = line(key, value)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", found):
        raise InvalidInput(f"{key} is one plain word, not {value!r}.")
    return found


def _attribute_key(name: str, element: str, attribute: str) -> Key:
    """A key that is an attribute; `.` is the domain itself."""

    def get(domain: _Element) -> str | None:
        found = domain if element == "." else domain.find(element)
        return None if found is None else found.get(attribute)

    def write(domain: _Element, value: object) -> None:
        target = domain
        if element != ".":
            parent, _, tag = element.rpartition("/")
            target = child(child(domain, parent), tag)
        target.set(attribute, _word(name, value))

    return Key(name, get, write)


def _feature_key(name: str) -> Key:
    """A key that is an empty element of `<features>`: 1 or 0."""

    def write(domain: _Element, value: object) -> None:
        if flag(name, value) != _has(domain):
            set_flag(child(domain, "features"), name, not _has(domain))

    def _has(domain: _Element) -> bool:
        return domain.find(f"features/{name}") is not None

    return Key(name, lambda domain: int(_has(domain)), write)


def _is_local(domain: _Element) -> int:
    clock = domain.find("clock")
    return int(clock is not None and clock.get("offset") == "localtime")


def _set_local(domain: _Element, value: object) -> None:
    if flag("localtime", value) != bool(_is_local(domain)):
        child(domain, "clock").set("offset", "utc" if _is_local(domain) else "localtime")


NAME_KEYS = (
    Key("name", lambda domain: domain.findtext("name") or None, text_key("name", ".", "name", _name).set),
    Key("uuid", lambda domain: domain.findtext("uuid") or None, text_key("uuid", ".", "uuid", _uuid).set),
)
BOOT_KEYS = (
    text_key("kernel", "os", "kernel", path),
    text_key("ramdisk", "os", "initrd", path),
    text_key("extra", "os", "cmdline", line),
)
END_KEYS = tuple(text_key(key, ".", key, _end) for key in ("on_poweroff", "on_reboot", "on_crash"))
MACHINE_KEYS = (
    _attribute_key("domain_type", ".", "type"),
    Key("os_type", lambda domain: domain.findtext("os/type") or None, text_key("os_type", "os", "type", _word).set),
    _attribute_key("arch", "os/type", "arch"),
    _attribute_key("machine", "os/type", "machine"),
    _feature_key("acpi"),
    _feature_key("apic"),
)
CLOCK_KEY = Key("localtime", _is_local, _set_local)
DESCRIPTION_KEY = text_key("description", ".", "description", text)
