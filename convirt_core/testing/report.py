"""What the platforms can do, as their tests have shown: for people, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from convirt_core.model import Capability
from convirt_core.testing.proofs import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from convirt_core.testing.proofs import Ledger


_OUTCOMES = ("failed", "passed", "skipped")
"""In the order in which one counts where two classes have a test of the same name."""
_WITH_REASON = (Verdict.DEFINITION_ONLY.value, Verdict.NOT_HERE.value)


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
        for verdict, reasons in _reasons(ledger).items():
            for capability, why in sorted(reasons.items()):
                yield f"{ledger.platform}: {capability} {verdict}: {why}"
        for what in sorted(ledger.unseen):
            yield f"{ledger.platform}: {what}: not seen by the lab, so the platform alone has said it"


def as_data(ledgers: Iterable[Ledger]) -> dict[str, dict[str, Any]]:
    """Return the same for programs, for each platform.

    capabilities (id → verdict), reasons (id → why it was not run), unseen (a list), tests (name → outcome), seconds.
    """
    data: dict[str, dict[str, Any]] = {}
    for ledger in ledgers:
        own = _data_of(ledger)
        data[ledger.platform] = _merged(data[ledger.platform], own) if ledger.platform in data else own
    return data


def _data_of(ledger: Ledger) -> dict[str, Any]:
    reasons = {each.value: why for some in _reasons(ledger).values() for each, why in some.items()}
    return {
        "capabilities": {each.value: ledger.verdict(each).value for each in Capability},
        "reasons": dict(sorted(reasons.items())),
        "unseen": sorted(ledger.unseen),
        "tests": dict(sorted(ledger.outcomes.items())),
        "seconds": round(ledger.seconds, 1),
    }


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return what two classes of tests have found of one platform."""
    order = [verdict.value for verdict in Verdict]
    verdicts = {
        each: min(verdict, other["capabilities"][each], key=order.index)
        for each, verdict in one["capabilities"].items()
    }
    reasons = {each: why for each, why in (one["reasons"] | other["reasons"]).items() if verdicts[each] in _WITH_REASON}
    tests = {
        name: min((each["tests"][name] for each in (one, other) if name in each["tests"]), key=_OUTCOMES.index)
        for name in sorted({*one["tests"], *other["tests"]})
    }
    return {
        "capabilities": verdicts,
        "reasons": dict(sorted(reasons.items())),
        "unseen": sorted({*one["unseen"], *other["unseen"]}),
        "tests": tests,
        "seconds": round(one["seconds"] + other["seconds"], 1),
    }


def _reasons(ledger: Ledger) -> dict[Verdict, dict[Capability, str]]:
    return {Verdict.DEFINITION_ONLY: ledger.definition_only, Verdict.NOT_HERE: ledger.not_here}


def _line(cells: list[tuple[str, int]]) -> str:
    return "  ".join(text.ljust(width) for text, width in cells).rstrip()
