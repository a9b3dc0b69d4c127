"""Commands that look at things: one target is the whole answer, several are a list of answers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from convirt_cli import failure
from convirt_cli.exit_codes import ExitCode, exit_code_of, together
from convirt_cli.parts import Heading, Part
from convirt_cli.targets import outcomes
from convirt_core.errors import ConvirtError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convirt_cli.invocation import Invocation

SEVERAL = {
    "results[].target": "only of several targets: the name as it was typed",
    "results[].ok": "whether it answered, and nothing that was checked is wrong",
    "results[].*": "the keys above, of this target; none when it failed",
    "results[].error.kind": "as of `error.kind`; only when it failed",
    "results[].error.message": "one sentence",
    "results[].error.remedy": "what to try, or empty",
    "results[].error.findings[]": "of refused checks",
}
"""What stands in place of a command's own keys when it has several targets."""


class Answer(NamedTuple):
    """What is said of one target.

    :param data: of the JSON answer
    :param parts: of the answer for a person
    :param code: how a command ends whose only answer this is
    """

    data: Mapping[str, object]
    parts: Sequence[Part]
    code: ExitCode = ExitCode.DONE


def answer_each(run: Invocation, names: Sequence[str], look: Callable[[str], Answer], *, at_once: int = 1) -> ExitCode:
    """Look at each target and answer; return the exit code.

    :param at_once: how many are looked at at the same time
    :raises ConvirtError: of a single target, the failure itself
    """
    names = list(dict.fromkeys(names))
    if len(names) == 1:
        only = look(names[0])
        run.answer(only.data, *only.parts)
        return only.code
    results = []
    for name, outcome in zip(names, outcomes(names, look, at_once), strict=True):
        results.append((name, outcome))
        if isinstance(outcome, ConvirtError):
            failure.tell(outcome, sys.stderr, target=name)
        elif not run.as_json:
            run.show(Heading(name, is_first=len(results) == 1), *outcome.parts)
    if run.as_json:
        run.answer({"results": [_as_data(name, outcome) for name, outcome in results]})
    return together(_code(outcome) for _, outcome in results)


def _as_data(name: str, outcome: Answer | ConvirtError) -> dict[str, object]:
    head: dict[str, object] = {"target": name, "ok": _code(outcome) is ExitCode.DONE}
    if isinstance(outcome, ConvirtError):
        return {**head, "error": failure.as_data(outcome)}
    return {**head, **outcome.data}


def _code(outcome: Answer | ConvirtError) -> ExitCode:
    return exit_code_of(outcome) if isinstance(outcome, ConvirtError) else outcome.code
