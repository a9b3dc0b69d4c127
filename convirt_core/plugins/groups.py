"""The four entry-point groups, and how a plugin is named: `platforms:kvm`, `extensions:quota`."""

from __future__ import annotations

import re

PLATFORMS = "convirt.platforms"
EXTENSIONS = "convirt.extensions"
FRONT_ENDS = "convirt.frontends"
COMMANDS = "convirt.commands"
GROUPS = (PLATFORMS, EXTENSIONS, FRONT_ENDS, COMMANDS)

PREFIX = "convirt."
"""What all groups begin with; an `entry_points.txt` without it is not read further."""

_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]*"


def plugin_id(group: str, name: str) -> str:
    """Return the id that users see: the group without its prefix, and the entry point's name."""
    return f"{group.removeprefix(PREFIX)}:{name}"


def is_plugin_name(name: str) -> bool:
    """Whether it can be part of an id: a word on a command line, a table's key, a folder's name."""
    return re.fullmatch(_NAME, name) is not None


def distribution_id(distribution: str) -> str:
    """Return what disables a whole distribution: `dist:` and its name as package indexes compare it.

    Dots, dashes and underscores are one, case does not count (packaging specification "Names and
    normalization").
    """
    return "dist:" + re.sub(r"[-_.]+", "-", distribution).lower()


def normal_id(text: str) -> str:
    """Return an id as a person writes it, in the form that is compared: `dist:Convirt_Foo` → `dist:convirt-foo`."""
    kind, _, name = text.strip().partition(":")
    return distribution_id(name) if kind == "dist" else f"{kind}:{name}"
