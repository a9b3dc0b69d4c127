"""Sections of information."""

from __future__ import annotations

from collections.abc import Sequence

from convirt_cli.tables import Facts
from convirt_core.model import InfoSection

KEYS = {"title": "of the section", "values.*": "the values by their stable key, which bears the unit"}


def as_data(section: InfoSection) -> dict[str, object]:
    """Return what `KEYS` says."""
    return {"title": section.title, "values": section.as_dict()}


def facts(sections: Sequence[InfoSection]) -> list[Facts]:
    """Return each section as labelled values."""
    return [Facts(section.title, [(label, value) for _, label, value in section.rows]) for section in sections]
