"""A new definition from the values of a template, or of a file of xl's or xm's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_libvirt.domain.new import check_keys, from_values
from convirt_libvirt.domain.values import choice, line
from convirt_libvirt.domain.xml import add, child
from convirt_xen.config import XenConfig
from convirt_xen.skeleton import BUILDERS, FULL_MACHINE, SKELETON
from convirt_xen.vm import HVM, PV
from convirt_xen.xl_values import plain_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.platforms import ConfigSource

ONLY_HERE = frozenset({"builder", "platform", "sdl"})
"""Keys that make something of the definition, and are no view on it afterwards."""


def new_definition(source: ConfigSource) -> XenConfig:
    """Make a definition of values as a template or a file of xl's has them. Raises `InvalidInput`."""
    return from_values(source, _define)


def _define(given: Mapping[str, object]) -> XenConfig:
    values = plain_values(given)
    check_keys(values, XenConfig.known_keys.keys() | ONLY_HERE, "xen", "Xen")
    kind = _kind(values)
    complete = {"type": kind, **(FULL_MACHINE if kind == HVM else {}), **values}
    config = XenConfig(SKELETON, is_new=True)
    for key in config.known_keys:
        if key in complete:
            config[key] = _first_word(complete[key]) if key == "root" else complete[key]
    rest = " ".join(line("root", values.get("root", "")).split()[1:])
    if rest:  # such as `ro`
        config["extra"] = f"{config['extra']} {rest}"
    if kind == HVM:
        add(child(config.domain, "devices"), "serial", type="pty")
    return config


def _first_word(root: object) -> str:
    return (line("root", root).split() or [""])[0]


def _kind(values: Mapping[str, object]) -> object:
    if "builder" in values and "type" not in values:
        return BUILDERS[choice("builder", values["builder"], list(BUILDERS))]
    return values.get("type", PV)
