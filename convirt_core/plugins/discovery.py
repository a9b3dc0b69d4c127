"""Find what is installed, from metadata. No plugin is imported."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from importlib_metadata import Distribution, EntryPoint

from convirt_core.plugins.candidates import Candidate
from convirt_core.plugins.groups import GROUPS, PREFIX, distribution_id, is_plugin_name
from convirt_core.plugins.requirements import unmet

_log = logging.getLogger("convirt.plugins")

UNKNOWN = "unknown"
"""Stands for the name or version of a distribution whose metadata cannot be read."""


def discover() -> list[Candidate]:
    """Return every plugin of every installed distribution, by group and name.

    One `entry_points.txt` is read for each distribution; names, versions and requirements only for those that
    have something for us.
    """
    found = [candidate for distribution in _ours() for candidate in _candidates(distribution)]
    return sorted(found, key=lambda each: (GROUPS.index(each.group), each.name, each.distribution))


def _ours() -> Iterator[Distribution]:
    """Yield distributions with plugins; of one that is on the path twice, the one that Python would import."""
    seen = set()
    for distribution in Distribution.discover():
        if not _has_plugins(distribution):
            continue
        name = distribution_id(_field(distribution, "Name"))
        if name not in seen or name == distribution_id(UNKNOWN):
            seen.add(name)
            yield distribution


def _has_plugins(distribution: Distribution) -> bool:
    try:
        return PREFIX in (distribution.read_text("entry_points.txt") or "")
    except (OSError, ValueError) as error:  # unreadable, or not UTF-8: somebody else's damage must not be ours
        _log.debug("The entry points of %s cannot be read: %s", distribution, error)
        return False


def _candidates(distribution: Distribution) -> list[Candidate]:
    try:
        entries: Iterable[EntryPoint] = tuple(distribution.entry_points)
    except (OSError, TypeError, ValueError) as error:  # a line without '=' is a TypeError of the parser
        _log.warning("The entry points of %s cannot be read: %s", _field(distribution, "Name"), error)
        return []
    ours = [entry for entry in entries if entry.group in GROUPS]
    if not ours:
        return []
    name, version = _field(distribution, "Name"), _field(distribution, "Version")
    problem = _problem(distribution, name, version)
    return [_candidate(entry, name, version, problem) for entry in ours]


def _candidate(entry: EntryPoint, distribution: str, version: str, problem: str) -> Candidate:
    try:
        module, attribute = entry.module, entry.attr or ""
    except ValueError:
        module = attribute = ""
    if not (module and attribute):
        problem = problem or f"has the entry point {entry.value!r}; it must be 'module:Class'"
    if not is_plugin_name(entry.name):
        problem = problem or f"bears a name that is not letters, digits and '_.-': {entry.name!r}"
    return Candidate(entry.group, entry.name, module, attribute, distribution, version, problem)


def _field(distribution: Distribution, name: str) -> str:
    try:
        return distribution.metadata[name] or UNKNOWN
    except (OSError, KeyError, TypeError, ValueError):
        return UNKNOWN


def _problem(distribution: Distribution, name: str, version: str) -> str:
    if UNKNOWN in {name, version}:
        return "has metadata without a name or version"
    try:
        return unmet(distribution)
    except (OSError, ValueError) as error:
        return f"has metadata that cannot be read: {error}"
