"""What servers and VMs use: snapshots with rates."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from attrs import field, frozen

from convirt_core.model import ManagedNode, MetricSnapshot
from convirt_core.services.rates import fill_rates
from convirt_core.services.servers import READ_SECONDS, Server, Servers, ask_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from convirt_core.errors import ConvirtError
    from convirt_core.platforms import VNode


@frozen
class MetricAnswer:
    """What one server said: its snapshot, or why there is none."""

    node: ManagedNode
    snapshot: MetricSnapshot | None = None
    error: ConvirtError | None = field(default=None, eq=False)


class Metrics:
    """Takes snapshots, keeps the last one of each server, and reckons the rates between two. Any thread.

    :param clock: monotonic, seconds; the one that platforms use for `MetricSnapshot.taken_at`
    :param sleep: waits for so many seconds
    """

    def __init__(
        self,
        servers: Servers,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._servers = servers
        self._clock = clock
        self._sleep = sleep
        self._last: dict[str, MetricSnapshot] = {}

    def snapshot(
        self, server: ManagedNode, *, interval_seconds: float = 0.0, max_age_seconds: float = 0.0
    ) -> MetricSnapshot:
        """Return a snapshot of a server with all its VMs.

        :param interval_seconds: above 0: take two so far apart, so that there are rates; 0: rates since the
            last snapshot, if there was one
        :param max_age_seconds: above 0: the last one will do if it is not older
        """
        last = self._last.get(server.id)
        if last is not None and max_age_seconds and self._clock() - last.taken_at <= max_age_seconds:
            return last
        open_server = self._servers.of(server)
        if interval_seconds:
            self._keep(open_server, open_server.look(_take))
            self._sleep(interval_seconds)
        return self._keep(open_server, open_server.look(_take))

    def fleet(
        self,
        servers: Iterable[ManagedNode] | None = None,
        *,
        interval_seconds: float = 0.0,
        deadline_seconds: float = READ_SECONDS,
    ) -> Iterator[MetricAnswer]:
        """Ask servers (None: all) at once and yield each answer as it comes.

        :param interval_seconds: as of `snapshot`; a server that does not answer the first time is not asked again,
            and whoever waited for it has waited for the second look too
        :param deadline_seconds: of each look
        """
        asked = [self._servers.of(node) for node in (self._servers.all() if servers is None else servers)]
        if interval_seconds:
            looks = list(self._look(asked, deadline_seconds))
            asked = [server for server, answer in looks if answer.snapshot]
            yield from (answer for _, answer in looks if answer.error)
            last = max((answer.snapshot.taken_at for _, answer in looks if answer.snapshot), default=0.0)
            if asked:
                self._sleep(max(0.0, last + interval_seconds - self._clock()))
        yield from (answer for _, answer in self._look(asked, deadline_seconds))

    def _look(self, servers: Iterable[Server], deadline_seconds: float) -> Iterator[tuple[Server, MetricAnswer]]:
        for server, answer in ask_all(servers, _take, deadline_seconds=deadline_seconds):
            if isinstance(answer, MetricSnapshot):
                yield server, MetricAnswer(server.node, self._keep(server, answer))
            else:
                yield server, MetricAnswer(server.node, error=answer)

    def _keep(self, server: Server, snapshot: MetricSnapshot) -> MetricSnapshot:
        filled = fill_rates(snapshot, self._last.get(server.node.id))
        self._last[server.node.id] = filled
        return filled


def _take(vnode: VNode) -> MetricSnapshot:
    return vnode.metric_snapshot()
