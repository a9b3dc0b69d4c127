"""What the platforms can do, as their tests have shown: for people, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import Capability
from convirt_core.testing.proofs import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from convirt_core.testing.proofs import Ledger


def as_lines(ledgers: Iterable[Ledger]) -> Iterator[str]:
    """Yield a table, a line for each capability and a column for each platform, and the time each took."""
    ledgers = list(ledgers)
    first = max(len(each.value) for each in Capability)
    widths = [max(len(each.platform), *(len(verdict) for verdict in Verdict)) for each in ledgers]
    yield _line([("capability", first), *zip((each.platform for each in ledgers), widths, strict=True)])
    for capability in Capability:
        verdicts = [ledger.verdict(capability).value for ledger in ledgers]
        yield _line([(capability.value, first), *zip(verdicts, widths, strict=True)])
    for ledger in ledgers:
        counts = [
            sum(outcome == kind for outcome in ledger.outcomes.values()) for kind in ("passed", "failed", "skipped")
        ]
        yield "{}: {} passed, {} failed, {} skipped in {:.0f} s".format(ledger.platform, *counts, ledger.seconds)
        for capability, why in sorted(ledger.definition_only.items()):
            yield f"{ledger.platform}: {capability} definition only: {why}"


def as_data(ledgers: Iterable[Ledger]) -> dict[str, object]:
    """Return the same for programs: platform → capabilities (id → verdict), tests (name → outcome), seconds."""
    return {
        ledger.platform: {
            "capabilities": {each.value: ledger.verdict(each).value for each in Capability},
            "definition_only": {each.value: why for each, why in sorted(ledger.definition_only.items())},
            "tests": dict(sorted(ledger.outcomes.items())),
            "seconds": round(ledger.seconds, 1),
        }
        for ledger in ledgers
    }


def _line(cells: list[tuple[str, int]]) -> str:
    return "  ".join(text.ljust(width) for text, width in cells).rstrip()
