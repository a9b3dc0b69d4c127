"""What `server list --watch` writes where there is no terminal: what is news, and nothing twice."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from convirt_cli.shapes.servers import ServerRow
from convirt_cli.watching import Lines
from convirt_core.model import ManagedNode, ServerState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_cli.invocation import Invocation

H1, H2 = (ManagedNode(name, name, "toy") for name in ("h1", "h2"))


class Written:
    """What is written of two servers, and the way to let something happen to the first."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        app = SimpleNamespace(grid=SimpleNamespace(pools=list))
        self._display = Lines(cast("Invocation", SimpleNamespace(app=app, answer_line=self._write)))
        self._display.begin([ServerRow(node, ServerState.UP, "", 0.0) for node in (H1, H2)])
        self.lines.clear()

    def happens(self, state: ServerState, reason: str = "", *, needs_person: bool = False) -> None:
        self._display.change([], ServerRow(H1, state, reason, 0.0, needs_person=needs_person))

    def _write(self, data: Mapping[str, object], text: str) -> None:
        assert data["servers"]
        self.lines.append(text.partition("h1")[2].strip())


@pytest.fixture
def written() -> Written:
    return Written()


def test_each_change_of_state_is_a_line(written: Written) -> None:
    for state in (ServerState.SUSPECT, ServerState.DOWN, ServerState.UP, ServerState.DOWN):
        written.happens(state)
    assert written.lines == ["suspect", "down", "up", "down"]


def test_an_outage_whose_reason_changes_its_words_is_one_line(written: Written) -> None:
    for reason in ("It is lost.", "h1 does not answer.", "Connection refused.", "It has not answered for 8 s."):
        written.happens(ServerState.DOWN, reason)
    assert written.lines == ["down  It is lost."]


def test_that_a_person_is_needed_is_one_line_more_in_an_outage(written: Written) -> None:
    written.happens(ServerState.DOWN, "It is lost.")
    for _ in range(2):
        written.happens(ServerState.DOWN, "h1 does not let you in.", needs_person=True)
        written.happens(ServerState.DOWN, "h1 does not answer.")
    assert written.lines == ["down  It is lost.", "down  h1 does not let you in."]
