"""A process that is killed while it writes the inventory."""

from __future__ import annotations

import signal

from labs.command_line import Convirt, end, read_until
from labs.held_cli import HELD


def test_a_write_that_was_killed_did_not_happen_and_can_be_repeated(convirt: Convirt) -> None:
    convirt.done("pool", "add", "first")
    process = convirt.begin("pool", "add", "second", held_at="writes a pool")
    assert HELD in read_until(process, HELD)
    end(process, signal.SIGKILL)

    pools = convirt.json("pool", "list")["pools"]

    assert [pool["name"] for pool in pools] == ["first"]
    convirt.done("pool", "add", "second")
