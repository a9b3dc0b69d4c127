"""What servers and VMs use: snapshots with rates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import field, frozen

from convirt_core.errors import ConvirtError
from convirt_core.model import ManagedNode, MetricSnapshot


@frozen
class MetricAnswer:
    """What one server said: its snapshot, or why there is none."""

    node: ManagedNode
    snapshot: MetricSnapshot | None = None
    error: ConvirtError | None = field(default=None, eq=False)


class Metrics:
    """Takes snapshots, keeps the last one of each server, and reckons the rates between two."""

    def snapshot(self, server: ManagedNode, *, interval_seconds: float = 0.0) -> MetricSnapshot:
        """Return a snapshot of a server with all its VMs.

        :param interval_seconds: above 0: take two so far apart, so that there are rates; 0: rates since the
            last snapshot, if there was one
        """
        raise NotImplementedError

    def fleet(
        self, servers: Iterable[ManagedNode] | None = None, *, interval_seconds: float = 0.0
    ) -> Iterator[MetricAnswer]:
        """Ask servers (None: all) at once and yield each answer as it comes."""
        raise NotImplementedError
