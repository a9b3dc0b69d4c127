"""What guests say for themselves: that one lives, and that it was not booted anew."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from convirt_core.model import Capability

if TYPE_CHECKING:
    from convirt_core.platforms import SerialConsole
    from convirt_core.services.listed import ListedVM
    from convirt_core.testing.workbench import Workbench

_ANSWER_SECONDS = 30.0
_PATIENCE_SECONDS = 5.0


def check_goes_on(bench: Workbench, vm: ListedVM, boots: int | None) -> None:
    """Fail unless a guest lives and has booted no more than `boots` times, as `Workbench.boots` has counted before.

    It is asked for an answer first: one that boots anew answers too, and has been counted by then. Where nobody can
    ask it, one that is only about to boot is not told from one that goes on.
    """
    if bench.lab.dialogue is not None and bench.runs(Capability.SERIAL_CONSOLE):
        check_answers(bench, vm)
    else:
        bench.unseen.add("boots")
    now = bench.boots(vm)
    assert now == boots, f"{vm.name} was booted anew: {now} times until now, and {boots} times before"


def check_answers(bench: Workbench, vm: ListedVM) -> None:
    """Fail unless a guest answers on its serial line."""
    assert bench.lab.dialogue is not None, (
        "the platform declares a serial console, and the lab says nothing on it: write Lab.dialogue"
    )
    said, answer = bench.lab.dialogue
    console = bench.app.lifecycle.open_console(vm)
    try:
        assert answer in _answered(console, said, answer), f"{vm.name} does not answer"
    finally:
        console.close()


def _answered(console: SerialConsole, said: bytes, wanted: bytes) -> bytes:
    """Say it until it is answered: a guest that has just booted drops what comes before it listens."""
    heard, end = b"", time.monotonic() + _ANSWER_SECONDS
    while wanted not in heard and time.monotonic() < end:
        console.write(said)
        heard += _heard(console, wanted)
    return heard


def _heard(console: SerialConsole, wanted: bytes) -> bytes:
    heard, end = b"", time.monotonic() + _PATIENCE_SECONDS
    while wanted not in heard and time.monotonic() < end:
        heard += console.read(timeout_seconds=1.0) or b""
    return heard
