"""Sections of information."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_cli.parts import Facts
from convirt_cli.shapes.amounts import bytes_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.model import InfoSection, InfoValue

KEYS = {"title": "of the section", "values.*": "the values by their stable key, which bears the unit"}


def as_data(section: InfoSection) -> dict[str, object]:
    """Return what `KEYS` says."""
    return {"title": section.title, "values": section.as_dict()}


def facts(sections: Sequence[InfoSection]) -> list[Facts]:
    """Return each section as labelled values."""
    return [
        Facts(section.title, [(label, _shown(key, value)) for key, label, value in section.rows])
        for section in sections
    ]


def _shown(key: str, value: InfoValue) -> InfoValue:
    """Return a value with the unit that its key names."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if key.endswith("_bytes"):
            return bytes_text(value)
        if key.endswith("_seconds"):
            return f"{value:.1f} s"
    return value
