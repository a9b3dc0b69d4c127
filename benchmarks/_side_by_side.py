"""Two things timed in turn, and the ratio of their medians: what a shared, noisy machine can be asked."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence


def ratio(ours: Callable[[], object], theirs: Callable[[], object], *, rounds: int = 15) -> float:
    """Time both in turn, after one round that does not count; return median ours / median theirs."""
    ours()
    theirs()
    times = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    return statistics.median(a for a, _ in times) / statistics.median(b for _, b in times)


def seconds(work: Callable[[], object]) -> float:
    """Time one run."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def command(argv: Sequence[str], **environment: str) -> Callable[[], object]:
    """Return a function that runs a command, its output read and dropped; a failure ends the benchmark."""
    return lambda: subprocess.run(argv, check=True, capture_output=True, env=environment or None)


def report(what: str, measured: float, budget: float | None = None) -> None:
    """Print one row: the ratio, its budget if it has one, and whether it is kept."""
    row = f"{what:<58} {measured:5.2f} x"
    if budget is not None:
        row += f"   budget {budget:.2f} x   {'kept' if measured <= budget else 'MISSED'}"
    print(row)
