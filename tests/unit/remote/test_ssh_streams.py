"""A channel as a stream."""

from __future__ import annotations

from typing import Any

from convirt_core.remote.ssh.streams import ChannelStream


def test_a_stream_is_closed_without_a_word_on_a_connection_that_breaks():
    def breaks() -> None:
        raise BrokenPipeError

    nothing: Any = None
    ChannelStream(nothing, breaks).close()
