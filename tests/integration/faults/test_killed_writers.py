"""A process that is killed while it writes the inventory."""

from __future__ import annotations

import signal

from labs.command_line import Convirt, end, wait_until_held


def test_a_write_that_was_killed_did_not_happen_and_can_be_repeated(convirt: Convirt) -> None:
    convirt.done("pool", "add", "first")
    process = convirt.begin("pool", "add", "second", held_at="writes a pool")
    wait_until_held(process)
    end(process, signal.SIGKILL)

    pools = convirt.json("pool", "list")["pools"]

    assert [pool["name"] for pool in pools] == ["first"]
    convirt.done("pool", "add", "second")
