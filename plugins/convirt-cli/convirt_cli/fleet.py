"""What many servers answer, shown as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_cli.failure import about
from convirt_cli.parts import column_widths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from convirt_cli.invocation import Invocation
    from convirt_cli.parts import Table
    from convirt_core.model import ManagedNode
    from convirt_core.services.listed import ServerAnswer


class GrowingTable:
    """Shows rows below those that it has shown, for a person; with `--json` nothing.

    :param make: makes rows of some answers
    """

    def __init__(self, run: Invocation, make: Callable[[Sequence[ServerAnswer]], Table]) -> None:
        self._run = run
        self._make = make
        self._widths: tuple[int, ...] = ()
        self._seen = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing was shown."""
        return not self._widths

    def show(self, answers: Sequence[ServerAnswer]) -> None:
        """Show the rows of the answers that came since the last time."""
        table = self._make(answers[self._seen :])._replace(widths=self._widths)
        self._seen = len(answers)
        if table.rows and not self._run.as_json:
            self._run.show(table)
            self._widths = column_widths(table)


def list_answers(
    run: Invocation,
    servers: Iterable[ManagedNode] | None,
    table: GrowingTable,
    *,
    deadline_seconds: float,
    max_age_seconds: float,
) -> list[ServerAnswer]:
    """List the VMs of servers (None: all), showing what is there whenever the next answer lets wait.

    Return the answers, by name of the server.
    """
    answers: list[ServerAnswer] = []
    listing = run.app.vms.list(
        servers,
        deadline_seconds=deadline_seconds,
        max_age_seconds=max_age_seconds,
        on_wait=lambda: table.show(answers),
    )
    for answer in listing:
        answers.append(answer)  # noqa: PERF402  the table looks at them meanwhile
    table.show(answers)
    return sorted(answers, key=lambda answer: answer.node.name)


def tell_silent(run: Invocation, answers: Iterable[ServerAnswer]) -> None:
    """Note why a server did not answer and what to try, and how old is what is shown of it."""
    for answer in answers:
        words = [answer.error.message] if answer.error is not None else []
        if answer.age_seconds and answer.vms:
            words.append(f"Shown as it was {_span(answer.age_seconds)} ago.")
        if words:
            run.note(about(answer.node.name, " ".join(words)))
        if answer.error is not None and answer.error.remedy:
            run.note(f"  {answer.error.remedy}")


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 1 else "less than a second"
