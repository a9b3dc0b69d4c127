"""Asking many servers at once."""

from __future__ import annotations

import queue
from typing import TYPE_CHECKING, TypeVar

from convirt_core.errors import ConvirtError
from convirt_core.services.servers.server import READ_SECONDS, Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from convirt_core.platforms import VNode
    from convirt_core.remote import Call

T = TypeVar("T")


def ask_all(
    servers: Iterable[Server], function: Callable[[VNode], T], *, deadline_seconds: float = READ_SECONDS
) -> Iterator[tuple[Server, T | ConvirtError]]:
    """Ask every server at once; yield each answer, or its error, as soon as it is there.

    A server that hangs is an error at the deadline, after the others.
    """
    answered: queue.SimpleQueue[Call[T]] = queue.SimpleQueue()
    waiting: dict[Call[T], Server] = {}
    refused: list[tuple[Server, ConvirtError]] = []
    for server in servers:
        try:
            waiting[server.begin_look(function, deadline_seconds=deadline_seconds, on_answer=answered.put)] = server
        except ConvirtError as error:
            refused.append((server, error))
    try:
        yield from refused
        while waiting:
            for call in _next(answered, waiting):
                server = waiting.pop(call)
                try:
                    yield server, call.result()
                except ConvirtError as error:
                    yield server, error
    finally:
        for call in waiting:
            call.give_up()


def _next(answered: queue.SimpleQueue[Call[T]], waiting: dict[Call[T], Server]) -> list[Call[T]]:
    """Return the next call that was answered, or those whose deadline has passed."""
    try:
        call = answered.get(timeout=max(0.001, min(call.remaining_seconds for call in waiting)))
    except queue.Empty:
        return [call for call in waiting if not call.remaining_seconds]
    return [call] if call in waiting else []
