"""Tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_cli.parts import Facts, Table
from convirt_cli.shapes.amounts import recent_text, time_text
from convirt_core.model import TaskState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.model import Task

KEYS = {
    "id": "short and typable",
    "kind": "such as `provision`",
    "title": "what it does, in words",
    "state": "`running`, `done`, `failed`, `cancelled` or `interrupted`: nobody saw its end",
    "progress": "0.0 to 1.0; null: not known",
    "message": "the stage it is at; of a migration what is left, at which rate, and the *expected* downtime",
    "owner": "the process that does it, as `pid@host`",
    "started_at": "UTC, seconds since the epoch",
    "ended_at": "likewise; null while it runs",
    "cancel_requested": "whether somebody asked it to stop",
    "result": "a sentence when done",
    "error": "a sentence when it failed",
}


def as_data(task: Task) -> dict[str, object]:
    """Return what `KEYS` says."""
    return {
        "id": task.id,
        "kind": task.kind,
        "title": task.title,
        "state": task.state.value,
        "progress": task.progress,
        "message": task.message,
        "owner": task.owner,
        "started_at": task.started_at,
        "ended_at": task.ended_at,
        "cancel_requested": task.cancel_requested,
        "result": task.result,
        "error": task.error,
    }


def table(tasks: Sequence[Task]) -> Table:
    """Return tasks as rows. What one is at, or failed of, stands behind its title; that of a done one says all."""
    rows = [(task.id, task.state.value, recent_text(task.started_at), _in_a_line(task)) for task in tasks]
    return Table(("task", "state", "began", "what"), rows)


def facts(task: Task) -> Facts:
    """Return one task as labelled values."""
    share = None if task.progress is None or task.state.is_over else f"{task.progress:.0%}"
    rows = [
        ("State", task.state.value),
        ("Began", time_text(task.started_at)),
        ("Ended", time_text(task.ended_at)),
        ("Process", task.owner),
        ("Progress", share),
        ("Last word", _last_word(task)),
        ("Asked to stop", task.cancel_requested),
    ]
    return Facts(f"{task.title} ({task.id})", rows)


def _in_a_line(task: Task) -> str:
    words = None if task.state is TaskState.DONE else _last_word(task)
    return f"{task.title}: {words.splitlines()[0]}" if words else task.title


def _last_word(task: Task) -> str | None:
    return task.error or task.result or task.message or None
