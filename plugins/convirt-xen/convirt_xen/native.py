"""A definition from a text of its hypervisor's: libvirt's XML, a file of xl's or xm's, or an old one of xend's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from convirt_core.config import ConfigDocument
from convirt_xen.config import XenConfig
from convirt_xen.definition import new_definition

if TYPE_CHECKING:
    from convirt_core.platforms import ConfigSource


def config_of(source: ConfigSource) -> XenConfig:
    """Make a new definition of a text; what it begins with says which of the formats it is.

    :raises ConfigError: it cannot be read; says line and column
    :raises InvalidInput: it says what a definition cannot
    """
    begin = source.text.lstrip()[:1]
    if begin == "<":
        return XenConfig(source.text, is_new=True, origin=source.origin)
    if begin == "(":
        from convirt_xen.sxp import read_sxp  # noqa: PLC0415  such files are old and rare
        from convirt_xen.sxp_values import values_of  # noqa: PLC0415  likewise

        return new_definition(evolve(source, values=values_of(read_sxp(source.text, source.origin))))
    return new_definition(evolve(source, values=dict(ConfigDocument.parse(source.text, source.origin))))
