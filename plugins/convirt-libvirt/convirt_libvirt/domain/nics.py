"""Network cards: reading `<interface>` elements, making them, changing what is asked and nothing else."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.config import random_mac
from convirt_core.errors import AlreadyExists, InvalidInput, NotFound
from convirt_core.model import Nic, format_nic, parse_nic
from convirt_libvirt.domain.dialect import QEMU, Dialect
from convirt_libvirt.domain.key import Key
from convirt_libvirt.domain.values import entries
from convirt_libvirt.domain.xml import (
    add,
    append,
    child,
    drop,
    drop_all,
    new_element,
    set_attribute,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

_SOURCES = MappingProxyType({"network": "network", "bridge": "bridge", "direct": "dev"})
_NEW_KINDS = ("network", "bridge", "user")


def _attribute(element: _Element, tag: str, name: str) -> str:
    found = element.find(tag)
    return "" if found is None else found.get(name, "")


def nic_of(element: _Element) -> Nic:
    """Read an `<interface>` element; one of another kind than ours bears libvirt's name for it."""
    kind = element.get("type", "network")
    return Nic(
        _attribute(element, "mac", "address").lower(),
        kind,
        _attribute(element, "source", _SOURCES.get(kind, "name")),
        _attribute(element, "model", "type"),
        _attribute(element, "target", "dev"),
    )


def read_nics(domain: _Element) -> list[Nic]:
    """Return all network cards of a domain, in its order."""
    return [nic_of(element) for element in domain.findall("devices/interface")]


def find_nic(domain: _Element, mac: str) -> _Element:
    """Return the `<interface>` of that MAC address. Raises `NotFound`."""
    for element in domain.findall("devices/interface"):
        if nic_of(element).mac == mac.lower():
            return element
    raise NotFound(f"{domain.findtext('name')} has no network card {mac}.")


def with_mac(nic: Nic) -> Nic:
    """Return the card with a MAC address: its own, or a new one."""
    return nic if nic.mac else evolve(nic, mac=random_mac())


def new_nic(nic: Nic, dialect: Dialect = QEMU) -> _Element:
    """Make an `<interface>` element.

    :raises InvalidInput: for a kind that ConVirt does not make, or one without its source
    """
    if nic.kind not in _NEW_KINDS:
        raise InvalidInput(f"vif: a network card is on a {', '.join(_NEW_KINDS)}; not {nic.kind!r}.")
    if nic.kind != "user" and not nic.source:
        raise InvalidInput(f"vif: a network card on a {nic.kind} needs the name of it.")
    element = new_element("interface", type=nic.kind)
    add(element, "mac", address=with_mac(nic).mac)
    if nic.source:
        add(element, "source", **{_SOURCES[nic.kind]: nic.source})
    if nic.target:
        add(element, "target", dev=nic.target)
    if nic.model or dialect.nic_model:
        add(element, "model", type=nic.model or dialect.nic_model)
    return element


def add_nic(domain: _Element, nic: Nic, dialect: Dialect) -> _Element:
    """Append a network card. Raises `AlreadyExists` if the VM has its MAC address."""
    if nic.mac and any(other.mac == nic.mac for other in read_nics(domain)):
        raise AlreadyExists(f"{domain.findtext('name')} has a network card {nic.mac} already.")
    element = new_nic(nic, dialect)
    append(child(domain, "devices"), element)
    return element


def _update(element: _Element, nic: Nic) -> None:
    """Connect a card elsewhere, or give it another model; the rest of its element stays."""
    old = nic_of(element)
    if (old.kind, old.source) != (nic.kind, nic.source):
        drop_all(element, "source")
        element.set("type", nic.kind)
        if nic.source:
            add(element, "source", **{_SOURCES[nic.kind]: nic.source})
    if nic.model and nic.model != old.model:
        set_attribute(child(element, "model"), "type", nic.model)
    if nic.target and nic.target != old.target:
        set_attribute(child(element, "target"), "dev", nic.target)


def _set_nics(domain: _Element, value: object, dialect: Dialect) -> None:
    """Add, change and remove cards until the entries are true; one with a MAC that is there stays that card."""
    present = {format_nic(nic): nic for nic in read_nics(domain)}
    wanted = [present.get(entry) or parse_nic(entry) for entry in entries("vif", value)]
    macs = [nic.mac for nic in wanted if nic.mac]
    for mac in macs:
        if macs.count(mac) > 1:
            raise InvalidInput(f"vif: two network cards have the address {mac}.")
    for nic in present.values():
        if nic not in wanted and nic.mac not in macs:
            drop(find_nic(domain, nic.mac))
    kept = {nic.mac for nic in present.values()} & set(macs)
    for nic in wanted:
        if nic in present.values():
            continue
        if nic.mac in kept:
            _update(find_nic(domain, nic.mac), nic)
        else:
            add_nic(domain, nic, dialect)


def nic_key(dialect: Dialect) -> Key:
    """Return the key `vif`: a list of entries, see `convirt_core.model.parse_nic`."""
    return Key(
        "vif",
        lambda domain: [format_nic(nic) for nic in read_nics(domain)],
        lambda domain, value: _set_nics(domain, value, dialect),
        lambda domain: drop_all(domain, "devices/interface"),
    )
