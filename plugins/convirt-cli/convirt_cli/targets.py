"""Several targets in one command: each is tried, each has its result."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from convirt_cli import failure
from convirt_cli.exit_codes import ExitCode, exit_code_of_all
from convirt_cli.parts import one_line
from convirt_core.errors import ConvirtError

if TYPE_CHECKING:
    from convirt_cli.invocation import Invocation

KEYS = {
    "results[].target": "the name as it was typed",
    "results[].ok": "whether it was done",
    "results[].message": "what was done, in a sentence; empty when it failed",
    "results[].error.kind": "as of `error.kind`; only when it failed",
    "results[].error.message": "one sentence",
    "results[].error.remedy": "what to try, or empty",
    "results[].error.findings[]": "of refused checks",
}

T = TypeVar("T")
Work = Callable[[str], str]
"""Does what was asked to the target of this name; returns a sentence."""


def run_each(invocation: Invocation, names: Sequence[str], work: Work, *, at_once: int = 1) -> ExitCode:
    """Do `work` to each target, answer with a result for each, and return the exit code.

    A single target is worked on in this thread, so that Ctrl-C interrupts the work itself.

    :param at_once: how many are worked on at the same time
    """
    names = list(dict.fromkeys(names))
    results: list[dict[str, object]] = []
    errors: list[ConvirtError | None] = []
    for name, outcome in zip(names, outcomes(names, work, at_once), strict=True):
        error = outcome if isinstance(outcome, ConvirtError) else None
        errors.append(error)
        results.append(_result(name, outcome))
        if error is not None:
            failure.tell(error, sys.stderr, target=name if len(names) > 1 else "")
        elif not invocation.as_json:
            invocation.show(one_line(str(outcome)))
    if invocation.as_json:
        invocation.answer({"results": results})
    return exit_code_of_all(errors)


def outcomes(names: Sequence[str], work: Callable[[str], T], at_once: int) -> Iterator[T | ConvirtError]:
    """Yield what came of each target, in their order, while `at_once` of them are worked on."""
    if len(names) == 1 or at_once == 1:
        yield from (_try(work, name) for name in names)
        return
    places = threading.Semaphore(at_once)
    for future in [_begun(work, name, places) for name in names]:
        yield future.result()


def _begun(work: Callable[[str], T], name: str, places: threading.Semaphore) -> Future[T | ConvirtError]:
    """Begin in a daemon thread: an executor's threads would hold the process after Ctrl-C until all is done."""
    future: Future[T | ConvirtError] = Future()

    def run() -> None:
        with places:
            try:
                future.set_result(_try(work, name))
            except BaseException as error:  # noqa: BLE001  a fault of ours belongs to whoever waits for the result
                future.set_exception(error)

    threading.Thread(target=run, name=f"target-{name}", daemon=True).start()
    return future


def _try(work: Callable[[str], T], name: str) -> T | ConvirtError:
    try:
        return work(name)
    except ConvirtError as error:
        return error


def _result(name: str, outcome: str | ConvirtError) -> dict[str, object]:
    if isinstance(outcome, ConvirtError):
        return {"target": name, "ok": False, "message": "", "error": failure.as_data(outcome)}
    return {"target": name, "ok": True, "message": outcome}
