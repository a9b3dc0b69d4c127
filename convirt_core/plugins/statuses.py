"""What `plugin list` shows: metadata and the last known result. Nothing is imported."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.plugins.catalog import Catalog, conflict_reason

if TYPE_CHECKING:
    from convirt_core.plugins.candidates import Candidate
    from convirt_core.plugins.failures import FailureLog


class PluginState(StrEnum):
    """How a plugin stands."""

    OK = "ok"  # checked, and well
    UNCHECKED = "unchecked"  # nothing is known against it
    DISABLED = "disabled"
    FAILED = "failed"  # when it was last used or checked
    CONFLICT = "conflict"  # two distributions claim its name
    INCOMPATIBLE = "incompatible"  # its metadata asks for what is not there


@frozen
class PluginStatus:
    """One plugin of one distribution.

    :param id: such as `platforms:kvm`
    :param group: the entry-point group, such as `convirt.platforms`
    :param reason: why it is as it is, a sentence without its subject; empty when all is well
    :param checked_at: when the last result was seen: UTC, seconds since the epoch
    """

    id: str
    group: str
    name: str
    distribution: str
    version: str
    state: PluginState
    reason: str = ""
    checked_at: float | None = None

    @property
    def may_be_imported(self) -> bool:
        """Whether neither its metadata nor the configuration stands against it."""
        return self.state in {PluginState.OK, PluginState.UNCHECKED, PluginState.FAILED}


def status(candidate: Candidate, catalog: Catalog, failures: FailureLog) -> PluginStatus:
    """Return how one plugin stands."""
    state, reason = _standing(candidate, catalog)
    checked_at = None
    if not state:
        known = failures.last(candidate)
        state, reason = PluginState.UNCHECKED, ""
        if known is not None:
            state = PluginState.FAILED if known.reason else PluginState.OK
            reason, checked_at = known.reason, known.checked_at
    return PluginStatus(
        candidate.id,
        candidate.group,
        candidate.name,
        candidate.distribution,
        candidate.version,
        state,
        reason,
        checked_at,
    )


def _standing(candidate: Candidate, catalog: Catalog) -> tuple[PluginState | None, str]:
    """What metadata and configuration alone say, if anything."""
    if catalog.is_disabled(candidate):
        return PluginState.DISABLED, "is switched off in the configuration or by CONVIRT_DISABLE_PLUGINS"
    if rivals := catalog.rivals(candidate):
        return PluginState.CONFLICT, conflict_reason(rivals)
    if candidate.problem:
        return PluginState.INCOMPATIBLE, candidate.problem
    return None, ""
