"""What a plugin answered, and findings made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from attrs import evolve

from convirt_core import model

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from convirt_core.errors import ConvirtError
    from convirt_core.model import Finding

T_co = TypeVar("T_co", covariant=True)

FAILED_CODE = "plugin-failed"


class Answer(NamedTuple, Generic[T_co]):
    """One plugin's answer to a hook.

    :param plugin: its id, such as `extensions:quota`
    :param value: None when there is an error
    """

    plugin: str
    value: T_co | None = None
    error: ConvirtError | None = None


def findings_of(answers: Iterable[Answer[Sequence[Finding]]]) -> list[Finding]:
    """Return all findings, each with its plugin. A plugin that failed is itself an error: nobody has checked."""
    return [finding for answer in answers for finding in _findings(answer)]


def _findings(answer: Answer[Sequence[Finding]]) -> list[Finding]:
    if answer.error is not None:
        error = answer.error
        return [model.Finding(FAILED_CODE, "Plugins", model.Severity.ERROR, error.message, error.remedy, answer.plugin)]
    return [evolve(finding, plugin=answer.plugin) for finding in answer.value or ()]
