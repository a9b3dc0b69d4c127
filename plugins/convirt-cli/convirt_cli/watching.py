"""The states of servers, shown for as long as somebody looks."""

from __future__ import annotations

import queue
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol, TypeAlias

from convirt_cli.exit_codes import ExitCode
from convirt_cli.shapes import servers
from convirt_cli.shapes.servers import ServerRow
from convirt_core.model import EventKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convirt_cli.invocation import Invocation
    from convirt_cli.rich_tables import LiveTable
    from convirt_core.model import Event, ManagedNode, ServerState
    from convirt_core.services.servers import Server
    from convirt_core.services.servers.watch import Watch

Told: TypeAlias = "queue.SimpleQueue[tuple[float, Event]]"
"""Events, each with when it was told: UTC, seconds."""

_REFRESH_SECONDS = 5.0
"""So often it is seen whether servers were added, edited or removed."""


class Display(Protocol):
    """Shows servers with their states."""

    def begin(self, rows: Sequence[ServerRow]) -> None:
        """Show these servers from now on."""
        ...

    def change(self, rows: Sequence[ServerRow], changed: ServerRow) -> None:
        """Show that the state of one of them has changed."""
        ...


class Lines:
    """A line for each state: of each server at first, then of each that changes.

    The reason of a state changes its wording with each attempt, which is no news. That a person is needed is.
    """

    def __init__(self, run: Invocation) -> None:
        self._run = run
        self._written: dict[str, tuple[ServerState, bool]] = {}

    def begin(self, rows: Sequence[ServerRow]) -> None:
        """Write a line for each."""
        self._written.clear()
        for row in rows:
            self.change(rows, row)

    def change(self, rows: Sequence[ServerRow], changed: ServerRow) -> None:
        """Write one line, if it is another state, or now a person is needed."""
        del rows
        state, needs_person = self._written.get(changed.node.id, (None, False))
        if changed.state is state and (needs_person or not changed.needs_person):
            return
        self._written[changed.node.id] = changed.state, changed.needs_person
        data = {"servers": [servers.row_as_data(changed, self._run.app.grid.pools())]}
        self._run.answer_line(data, servers.watch_line(changed))


class Standing:
    """A table that stays where it is."""

    def __init__(self, run: Invocation, table: LiveTable) -> None:
        self._run = run
        self._table = table

    def begin(self, rows: Sequence[ServerRow]) -> None:
        """Draw it."""
        self._table.show(servers.watch_table(rows, self._run.app.grid.pools()))

    def change(self, rows: Sequence[ServerRow], changed: ServerRow) -> None:
        """Draw it anew."""
        del changed
        self.begin(rows)


def watch_servers(
    run: Invocation, which: Callable[[], Sequence[ManagedNode]], timeout_seconds: float | None
) -> ExitCode:
    """Show the servers and each change of their states until Ctrl-C: a table on a terminal, else lines.

    Ctrl-C is how one leaves: nothing is said of it, so that lines of JSON stay that.

    :param which: returns the servers as they are in the inventory
    :param timeout_seconds: leave after so long; None: stay
    """
    told: Told = queue.SimpleQueue()
    until = float("inf") if timeout_seconds is None else time.monotonic() + timeout_seconds
    table = run.live_table()
    with run.app.watch(lambda event: told.put((time.time(), event)), which) as watch, table or nullcontext():
        try:
            _follow(watch, told, Lines(run) if table is None else Standing(run, table), until)
        except KeyboardInterrupt:
            return ExitCode.INTERRUPTED
    return ExitCode.DONE


def _follow(watch: Watch, told: Told, display: Display, until: float) -> None:
    rows = _begin(watch, display)
    refresh_at = time.monotonic() + _REFRESH_SECONDS
    while (now := time.monotonic()) < until:
        if now >= refresh_at:
            refresh_at = now + _REFRESH_SECONDS
            if watch.refresh():
                rows = _begin(watch, display)
        changed = _changed(rows, told, min(refresh_at, until) - now)
        if changed is not None:
            rows[changed.node.id] = changed
            display.change(list(rows.values()), changed)


def _begin(watch: Watch, display: Display) -> dict[str, ServerRow]:
    rows = {server.node.id: _row(server) for server in watch.servers}
    display.begin(list(rows.values()))
    return rows


def _row(server: Server) -> ServerRow:
    status = server.status
    since = time.time() - (time.monotonic() - status.since) if status.since else time.time()
    return ServerRow(server.node, status.state, status.reason, since, needs_person=status.needs_person)


def _changed(rows: Mapping[str, ServerRow], told: Told, seconds: float) -> ServerRow | None:
    """Return what is told within so many seconds, if it is not shown yet and is not older than what is."""
    try:
        at, event = told.get(timeout=max(0.001, seconds))
    except queue.Empty:
        return None
    shown = rows.get(event.server)
    if event.kind is not EventKind.SERVER or shown is None or at < shown.since:
        return None
    if (event.server_state, event.detail) == (shown.state, shown.reason):
        return None
    since = shown.since if event.server_state is shown.state else at
    return ServerRow(shown.node, event.server_state, event.detail, since, needs_person=event.needs_person)
