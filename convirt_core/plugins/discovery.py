"""Find what is installed, from metadata. No plugin is imported."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

import importlib_metadata
from importlib_metadata import Distribution, EntryPoint, PackageNotFoundError

from convirt_core.plugins.candidates import Candidate
from convirt_core.plugins.groups import GROUPS, PREFIX, distribution_id, is_plugin_name
from convirt_core.plugins.requirements import unmet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_log = logging.getLogger("convirt.plugins")

UNKNOWN = "unknown"
"""Stands for the name or version of a distribution whose metadata cannot be read."""

_UNREADABLE = (OSError, KeyError, TypeError, ValueError)
"""What importlib_metadata raises on damaged files: a line without `=` is a TypeError, bad UTF-8 a ValueError."""


def discover() -> list[Candidate]:
    """Return every plugin of every installed distribution, by group and name.

    One `entry_points.txt` is read for each distribution, and the `METADATA` only of those that have something
    for us, once.
    """
    version_of = cache(_installed_version)
    found: dict[str, list[Candidate]] = {}
    for distribution in _ours():
        candidates = _candidates(distribution, version_of)
        if candidates:  # of two copies on the path, Python imports the first
            name = candidates[0].distribution
            found.setdefault(str(distribution) if name == UNKNOWN else distribution_id(name), candidates)
    every = (candidate for candidates in found.values() for candidate in candidates)
    return sorted(every, key=lambda each: (GROUPS.index(each.group), each.name, each.distribution))


def _ours() -> Iterator[Distribution]:
    """Yield distributions that mention us. Whether they are read at all must not depend on somebody's damage."""
    for distribution in Distribution.discover():
        try:
            if PREFIX in (distribution.read_text("entry_points.txt") or ""):
                yield distribution
        except _UNREADABLE as error:
            _log.debug("The entry points of %s cannot be read: %s", distribution, error)


def _candidates(distribution: Distribution, version_of: Callable[[str], str | None]) -> list[Candidate]:
    try:
        entries = [entry for entry in distribution.entry_points if entry.group in GROUPS]
    except _UNREADABLE as error:
        _log.warning("The entry points of %s cannot be read: %s", distribution, error)
        return []
    if not entries:
        return []
    name, version, problem = _identity(distribution, version_of)
    return [_candidate(entry, name, version, problem) for entry in entries]


def _identity(distribution: Distribution, version_of: Callable[[str], str | None]) -> tuple[str, str, str]:
    """Return name, version, and what metadata says against its use."""
    try:
        metadata = distribution.metadata
        requirements = metadata.get_all("Requires-Dist") or distribution.requires or ()
        return metadata["Name"], metadata["Version"], unmet(requirements, version_of)
    except _UNREADABLE:
        return UNKNOWN, UNKNOWN, "has metadata without a name or version"


def _candidate(entry: EntryPoint, distribution: str, version: str, problem: str) -> Candidate:
    match = entry.pattern.match(entry.value)  # its properties raise what differs from version to version
    module, attribute = (match["module"], match["attr"] or "") if match else ("", "")
    if not (module and attribute):
        problem = problem or f"has the entry point {entry.value!r}; it must be 'module:Class'"
    if not is_plugin_name(entry.name):
        problem = problem or f"bears a name that is not letters, digits and '_.-': {entry.name!r}"
    return Candidate(entry.group, entry.name, module, attribute, distribution, version, problem)


def _installed_version(name: str) -> str | None:
    try:
        return importlib_metadata.version(name)
    except PackageNotFoundError:
        return None
