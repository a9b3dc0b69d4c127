"""Plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_cli.parts import Facts, Table
from convirt_cli.shapes.amounts import time_text
from convirt_core.model import Capability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.forms import Form
    from convirt_core.platforms import Platform
    from convirt_core.plugins import PluginStatus

KEYS = {
    "id": "such as `platforms:kvm`",
    "group": "the entry-point group",
    "name": "the entry point's",
    "distribution": "that it comes with",
    "version": "of the distribution",
    "state": "`ok`, `unchecked`, `disabled`, `failed`, `conflict` or `incompatible`",
    "reason": "why it is as it is, or empty",
    "checked_at": "when the last result was seen: UTC, seconds since the epoch; null: never",
}
PLATFORM_KEYS = {
    "display_name": "for people",
    "capabilities[]": "what its servers may ever be able to do",
    "defaults.*": "of node options and provisioning variables",
    "options[].key": "of `server add --option`",
    "options[].label": "for people",
    "options[].kind": "`text`, `integer`, `choice`, …",
    "options[].default": "when it is not given",
    "options[].choices[]": "what it may be, of a `choice`",
    "options[].help": "for people",
}


def as_data(status: PluginStatus) -> dict[str, object]:
    """Return what `KEYS` says."""
    return {
        "id": status.id,
        "group": status.group,
        "name": status.name,
        "distribution": status.distribution,
        "version": status.version,
        "state": status.state.value,
        "reason": status.reason,
        "checked_at": status.checked_at,
    }


def table(plugins: Sequence[PluginStatus]) -> Table:
    """Return plugins as rows."""
    rows = [
        (one.id, f"{one.distribution} {one.version}", one.state.value, one.reason or None, time_text(one.checked_at))
        for one in plugins
    ]
    return Table(("plugin", "distribution", "state", "reason", "last seen"), rows)


def facts(status: PluginStatus) -> Facts:
    """Return one plugin as labelled values."""
    rows = [
        ("Distribution", f"{status.distribution} {status.version}"),
        ("Entry point", f"{status.group}: {status.name}"),
        ("State", status.state.value),
        ("Reason", status.reason or None),
        ("Last seen", time_text(status.checked_at)),
    ]
    return Facts(status.id, rows)


def platform_as_data(platform: Platform, form: Form) -> dict[str, object]:
    """Return what `PLATFORM_KEYS` says."""
    return {
        "display_name": platform.display_name,
        "capabilities": [one.value for one in Capability if one in platform.capabilities],
        "defaults": dict(platform.defaults),
        "options": [
            {
                "key": field.key,
                "label": field.label,
                "kind": field.kind.value,
                "default": field.default,
                "choices": [choice.value for choice in field.choices],
                "help": field.help,
            }
            for field in form.fields
        ],
    }


def platform_parts(platform: Platform, form: Form) -> tuple[Facts, Table]:
    """Return a platform as labelled values, and its node options as rows."""
    capabilities = ", ".join(one.value for one in Capability if one in platform.capabilities)
    rows = [
        (
            field.key,
            "|".join(choice.value for choice in field.choices) or field.kind.value,
            None if field.default in (None, "") else str(field.default),
            field.label,
        )
        for field in form.fields
    ]
    return Facts(platform.display_name, [("Can", capabilities)]), Table(("option", "values", "default", "what"), rows)
