"""A new definition: from the values of a template, libvirt's XML, a file of xl's or xm's, or an old one of xend's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.config import ConfigDocument
from convirt_libvirt.domain.new import check_keys, from_values, set_keys
from convirt_libvirt.domain.values import choice, line
from convirt_libvirt.domain.xml import add, child
from convirt_xen.config import XenConfig
from convirt_xen.vm import HVM, PV
from convirt_xen.xl_values import plain_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.platforms import ConfigSource

SKELETON = """\
<domain type="xen">
  <name/>
  <memory unit="MiB">256</memory>
  <vcpu>1</vcpu>
  <os><type arch="x86_64">linux</type></os>
  <clock offset="utc"/>
  <devices>
    <console type="pty"><target type="xen" port="0"/></console>
  </devices>
</domain>
"""

ONLY_HERE = frozenset({"builder", "platform", "sdl"})
"""Keys that make something of the definition, and are no view on it afterwards."""


def new_definition(source: ConfigSource) -> XenConfig:
    """Make a definition of values as a template or a file of xl's has them. Raises `InvalidInput`."""
    return from_values(source, _define)


def config_of(source: ConfigSource) -> XenConfig:
    """Make a new definition of a text; what it begins with says which of the formats it is.

    :raises ConfigError: it cannot be read; says line and column
    :raises InvalidInput: it says what a definition cannot
    """
    begin = source.text.lstrip()[:1]
    if begin == "<":
        return XenConfig(source.text, is_new=True, origin=source.origin)
    if begin == "(":
        from convirt_core.config.s_expressions import read_s_expression  # noqa: PLC0415  such files are old and rare
        from convirt_xen.sxp import values_of  # noqa: PLC0415  likewise

        return new_definition(evolve(source, values=values_of(read_s_expression(source.text, source.origin))))
    return new_definition(evolve(source, values=dict(ConfigDocument.parse(source.text, source.origin))))


def _define(given: Mapping[str, object]) -> XenConfig:
    values = plain_values(given)
    check_keys(values, XenConfig.known_keys.keys() | ONLY_HERE, "xen", "Xen")
    kind = _kind(values)
    root = line("root", values.get("root", "")).split()
    complete = {
        "type": kind,
        **({"acpi": 1, "apic": 1} if kind == HVM else {}),
        **values,
        **({"root": root[0]} if root else {}),
    }
    config = XenConfig(SKELETON, is_new=True)
    set_keys(config, complete)
    if root[1:]:  # such as `ro`
        config["extra"] = " ".join([str(config["extra"]), *root[1:]])
    if kind == HVM:
        add(child(config.domain, "devices"), "serial", type="pty")
    return config


def _kind(values: Mapping[str, object]) -> object:
    if "builder" in values and "type" not in values:
        return HVM if choice("builder", values["builder"], ["linux", "generic", HVM]) == HVM else PV
    return values.get("type", PV)
