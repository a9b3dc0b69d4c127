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

PATIENCE_SECONDS = 0.5
"""After so long without a further answer `on_wait` is called."""


def ask_all(
    servers: Iterable[Server],
    function: Callable[[VNode], T],
    *,
    deadline_seconds: float = READ_SECONDS,
    on_wait: Callable[[], None] | None = None,
) -> Iterator[tuple[Server, T | ConvirtError]]:
    """Ask every server at once; yield each answer, or its error, as soon as it is there.

    A server that hangs is an error at the deadline, after the others. No error is without a remedy.

    :param on_wait: called whenever the next answer lets wait, by who takes the answers: the time to show those that
        are there
    """
    answered: queue.SimpleQueue[Call[T]] = queue.SimpleQueue()
    waiting: dict[Call[T], Server] = {}
    refused: list[tuple[Server, ConvirtError]] = []
    for server in servers:
        try:
            waiting[server.begin_look(function, deadline_seconds=deadline_seconds, on_answer=answered.put)] = server
        except ConvirtError as error:
            refused.append((server, _with_remedy(server, error)))
    try:
        yield from refused
        while waiting:
            for call in _next(answered, waiting, on_wait):
                server = waiting.pop(call)
                try:
                    yield server, call.result()
                except ConvirtError as error:
                    yield server, _with_remedy(server, error)
    finally:
        for call in waiting:
            call.give_up()


def _with_remedy(server: Server, error: ConvirtError) -> ConvirtError:
    error.remedy = error.remedy or f"Try 'convirt server connect {server.node.name}'."
    return error


def _next(
    answered: queue.SimpleQueue[Call[T]], waiting: dict[Call[T], Server], on_wait: Callable[[], None] | None
) -> list[Call[T]]:
    """Return the next call that was answered, or those whose deadline has passed."""
    call = None
    if on_wait is not None and _remaining(waiting) > PATIENCE_SECONDS:
        call = _answered_within(PATIENCE_SECONDS, answered)
        if call is None:
            on_wait()
    call = call or _answered_within(_remaining(waiting), answered)
    if call is None:
        return [call for call in waiting if not call.remaining_seconds]
    return [call] if call in waiting else []


def _remaining(waiting: Iterable[Call[T]]) -> float:
    return min(call.remaining_seconds for call in waiting)


def _answered_within(seconds: float, answered: queue.SimpleQueue[Call[T]]) -> Call[T] | None:
    try:
        return answered.get(timeout=max(0.001, seconds))
    except queue.Empty:
        return None
