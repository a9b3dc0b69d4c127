"""Write docs/reference/platforms.md: what each platform can do, as its conformance tests have shown.

`python tools/feature_matrix.py REPORT…` prints the table of the kit's reports (`--convirt-report`) with the time that
each platform took. It ends with 1 where the page says something else, a declared capability was not seen done, a
platform of the page has no report, or the tests took too long. With `--write` it writes the page, unless the second or
the third is so.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "platforms.md"
WORDS = {"passed": "yes", "not declared": "-", "definition only": "definition only", "not run here": "not run here"}
INTRODUCTION = """
# What platforms can do

Written by `tools/feature_matrix.py` from the last conformance tests of each platform ([](../testing-a-platform.md)):
`yes` was seen done with real guests (`test`: with invented ones). What a platform does not declare is refused in one
sentence. A server or a single VM may be able to do less than its platform.
"""
NOT_YES = """
**Definition only** is what no lab can run. **Not run here** is what runs apart from what this page is written from:
""".strip()

LIMITS_MINUTES = {"xen": 12}
"""What one platform's tests may take; more, and nobody runs them."""
ALL_MINUTES = 20
"""Likewise all together."""

Report = dict[str, Any]
"""Of one platform: `capabilities` (id → verdict), `reasons` (id → why it was not run), `seconds`."""
KEYS = {"capabilities", "reasons", "seconds"}
"""What is read of it."""


def read(paths: Sequence[Path]) -> dict[Path, dict[str, Report]]:
    """Return the reports by platform, of each file."""
    return {path: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def old(files: Mapping[Path, Mapping[str, Report]]) -> Iterator[str]:
    """Yield a sentence for each file that another version of the kit has written: others know more than it."""
    reports = [report for file in files.values() for report in file.values()]
    capabilities = {each for report in reports for each in report.get("capabilities", {})}
    for path, file in files.items():
        if not all(report.keys() >= KEYS and report["capabilities"].keys() == capabilities for report in file.values()):
            yield f"{path} is of another version: run its session again."


def rows(reports: Mapping[str, Report]) -> Iterator[list[str]]:
    """Yield the table: the heading, then each capability with a word for each platform."""
    yield ["capability", *reports]
    capabilities = dict.fromkeys(each for report in reports.values() for each in report["capabilities"])
    for capability in capabilities:
        verdicts = [report["capabilities"][capability] for report in reports.values()]
        yield [f"`{capability}`", *(WORDS.get(verdict, verdict) for verdict in verdicts)]


def page(reports: Mapping[str, Report]) -> str:
    """Return the whole page."""
    heading, *body = ("| " + " | ".join(row) + " |" for row in rows(reports))
    table = "\n".join([heading, "|" + "---|" * (len(reports) + 1), *body])
    why = [
        f"- `{platform}`, `{capability}`: {reason}."
        for platform, report in reports.items()
        for capability, reason in report["reasons"].items()
    ]
    reasons = f"\n\n{NOT_YES}\n\n" + "\n".join(why) if why else ""
    return f"{INTRODUCTION.lstrip()}\n{table}{reasons}\n"


def columns() -> list[str]:
    """Return the platforms of the page as it stands."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    heading = next((line for line in text.splitlines() if line.startswith("| capability |")), "")
    return [cell.strip() for cell in heading.split("|")[2:-1]]


def unfit(reports: Mapping[str, Report]) -> Iterator[str]:
    """Yield a sentence for each verdict that nobody may publish, and for each platform that has no report."""
    for platform in columns():
        if platform not in reports:
            yield f"{platform}: there is no report: run nox -s conformance-{platform}."
    for platform, report in reports.items():
        for capability, verdict in report["capabilities"].items():
            if verdict not in WORDS:
                yield f"{platform}: {capability} is {verdict}."
    if not reports:
        yield "There is no report of any platform."


def times(reports: Mapping[str, Report]) -> str:
    """Return how long each platform took."""
    each = ", ".join(f"{platform} {report['seconds']:.0f} s" for platform, report in reports.items())
    return f"The tests took: {each}."


def too_long(reports: Mapping[str, Report]) -> Iterator[str]:
    """Yield a sentence for each limit of time that was passed."""
    minutes = {platform: report["seconds"] / 60 for platform, report in reports.items()}
    for platform, limit in LIMITS_MINUTES.items():
        if minutes.get(platform, 0) > limit:
            yield f"{platform}: the tests took {minutes[platform]:.1f} minutes, and may take {limit}."
    if (together := sum(minutes.values())) > ALL_MINUTES:
        yield f"The tests took {together:.1f} minutes together, and may take {ALL_MINUTES}."


def is_as_shown(reports: Mapping[str, Report]) -> bool:
    """Whether the page says what the reports do."""
    return PAGE.exists() and PAGE.read_text(encoding="utf-8") == page(reports)


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")


def main(words: Sequence[str]) -> int:
    """Print the table and the times; check the page, or write it."""
    files = read([Path(word) for word in words if word != "--write"])
    if complaints := list(old(files)):
        return complain(complaints)
    reports = dict(sorted((platform, report) for file in files.values() for platform, report in file.items()))
    for row in rows(reports):
        say("  ".join(cell.strip("`").ljust(22) for cell in row).rstrip())
    say(times(reports))
    complaints = list(unfit(reports))
    if not complaints and "--write" in words:
        PAGE.write_text(page(reports), encoding="utf-8")
    elif not complaints and not is_as_shown(reports):
        complaints = [f"{PAGE.name} is not what the tests have shown: run nox -s matrix -- --write."]
    return complain([*complaints, *too_long(reports)])


def complain(complaints: Sequence[str]) -> int:
    """Print what is wrong; return the exit code."""
    for complaint in complaints:
        say(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
