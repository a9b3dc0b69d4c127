"""Which plugins are installed, and which of them may be used."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from convirt_core.errors import NotFound
from convirt_core.plugins.faults import PluginFault
from convirt_core.plugins.groups import PLATFORMS, PREFIX, distribution_id, normal_id, plugin_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from convirt_core.plugins.candidates import Candidate


class Catalog:
    """The installed plugins, found when first asked for. Nothing is imported. Any thread.

    :param find: returns all candidates, by group and name
    :param disabled: ids such as `platforms:kvm` and `dist:convirt-foo`
    """

    def __init__(self, find: Callable[[], Sequence[Candidate]], disabled: Iterable[str]) -> None:
        self._find = find
        self._disabled = frozenset(map(normal_id, disabled))

    @cached_property
    def candidates(self) -> Sequence[Candidate]:
        """All of them. Two threads that ask first may both search; the answer is the same."""
        return tuple(self._find())

    def is_disabled(self, candidate: Candidate) -> bool:
        """Whether its id or its distribution is switched off."""
        return not self._disabled.isdisjoint({candidate.id, distribution_id(candidate.distribution)})

    def rivals(self, candidate: Candidate) -> list[Candidate]:
        """Others that claim the same id and are not disabled: then none of them is used."""
        return [other for other in self._enabled(candidate.group, candidate.name) if other is not candidate]

    def enabled(self, group: str) -> list[str]:
        """Return the names in a group that are not disabled, sorted; some may not be usable."""
        return sorted({each.name for each in self.candidates if each.group == group and not self.is_disabled(each)})

    def usable(self, group: str) -> list[str]:
        """Return the names in a group that metadata lets us use, sorted."""
        return [name for name in self.enabled(group) if _is_usable(self._enabled(group, name))]

    def pick(self, group: str, name: str) -> Candidate:
        """Return the one plugin of this name.

        :raises NotFound: if none is installed
        :raises PluginFault: if it is disabled, claimed twice, or its metadata forbids its use
        """
        installed = [each for each in self.candidates if (each.group, each.name) == (group, name)]
        if not installed:
            raise self._not_found(group, name)
        enabled = [each for each in installed if not self.is_disabled(each)]
        if not enabled:
            remedy = f"'convirt plugin enable {plugin_id(group, name)}' switches it on."
            raise PluginFault(installed[0], "is disabled", stage="metadata", remedy=remedy)
        if len(enabled) > 1:
            raise _conflict(enabled)
        if enabled[0].problem:
            raise PluginFault(enabled[0], enabled[0].problem, stage="metadata")
        return enabled[0]

    def _enabled(self, group: str, name: str) -> list[Candidate]:
        same = (each for each in self.candidates if (each.group, each.name) == (group, name))
        return [each for each in same if not self.is_disabled(each)]

    def _not_found(self, group: str, name: str) -> NotFound:
        kind = group.removeprefix(PREFIX).removesuffix("s")
        known = ", ".join(self.usable(group)) or "none"
        install = f" 'pip install convirt-{name}' may add it." if group == PLATFORMS else ""
        return NotFound(f"No {kind} {name!r} is installed.", remedy=f"Installed: {known}.{install}")


def conflict_reason(rivals: Iterable[Candidate]) -> str:
    """Say whom else a name belongs to."""
    others = " and ".join(f"{each.distribution} {each.version}" for each in rivals)
    return f"claims a name that {others} claims too; neither is used"


def _is_usable(enabled: Sequence[Candidate]) -> bool:
    return len(enabled) == 1 and not enabled[0].problem


def _conflict(enabled: Sequence[Candidate]) -> PluginFault:
    first, *others = enabled
    remedy = f"Disable one: 'convirt plugin disable {distribution_id(others[0].distribution)}'."
    return PluginFault(first, conflict_reason(others), stage="metadata", remedy=remedy)
