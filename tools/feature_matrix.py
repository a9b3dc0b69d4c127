"""Write docs/reference/platforms.md: what each platform can do, as its conformance tests have shown.

`python tools/feature_matrix.py REPORT…` writes the page from the kit's reports (`--convirt-report`) and prints the
table; with `--check` it ends with 1 where the page says something else, or a declared capability was not tested.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "platforms.md"
WORDS = {"passed": "yes", "not declared": "-", "definition only": "definition only"}
INTRODUCTION = """
# What platforms can do

Written by `tools/feature_matrix.py` from the last conformance tests of each platform ([](../testing-a-platform.md)):
`yes` was seen done with real guests (`test`: with invented ones). What a platform does not declare is refused in one
sentence. A server or a single VM may be able to do less than its platform.
"""

Report = dict[str, Any]
"""Of one platform: `capabilities` (id → verdict), `definition_only` (id → reason)."""


def read(paths: Sequence[Path]) -> dict[str, Report]:
    """Return the reports by platform."""
    found: dict[str, Report] = {}
    for path in paths:
        found |= json.loads(path.read_text(encoding="utf-8"))
    return dict(sorted(found.items()))


def rows(reports: Mapping[str, Report]) -> Iterator[list[str]]:
    """Yield the table: the heading, then each capability with a word for each platform."""
    yield ["capability", *reports]
    for capability in next(iter(reports.values()))["capabilities"]:
        verdicts = [report["capabilities"][capability] for report in reports.values()]
        yield [f"`{capability}`", *(WORDS.get(verdict, verdict) for verdict in verdicts)]


def page(reports: Mapping[str, Report]) -> str:
    """Return the whole page."""
    heading, *body = ("| " + " | ".join(row) + " |" for row in rows(reports))
    table = "\n".join([heading, "|" + "---|" * (len(reports) + 1), *body])
    why = [
        f"- `{platform}`, `{capability}`: {reason}."
        for platform, report in reports.items()
        for capability, reason in report["definition_only"].items()
    ]
    reasons = "\n\n**Definition only** is what no test could run:\n\n" + "\n".join(why) if why else ""
    return f"{INTRODUCTION.lstrip()}\n{table}{reasons}\n"


def wrong(reports: Mapping[str, Report]) -> Iterator[str]:
    """Yield a sentence for each verdict that nobody may publish, and for a page that says something else."""
    for platform, report in reports.items():
        for capability, verdict in report["capabilities"].items():
            if verdict not in WORDS:
                yield f"{platform}: {capability} is {verdict}."
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page(reports):
        yield f"{PAGE.name} is not what the tests have shown: run nox -s matrix."


def say(line: str) -> None:
    """Print a line."""
    sys.stdout.write(line + "\n")


def main(words: Sequence[str]) -> int:
    """Print the table; check the page, or write it."""
    reports = read([Path(word) for word in words if word != "--check"])
    for row in rows(reports):
        say("  ".join(cell.strip("`").ljust(22) for cell in row).rstrip())
    if "--check" not in words:
        PAGE.write_text(page(reports), encoding="utf-8")
        return 0
    complaints = list(wrong(reports))
    for complaint in complaints:
        say(complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
