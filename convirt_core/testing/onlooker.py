"""A look at a VM while it moves: what its platform says of that, and what the server's own tool sees."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from convirt_core.errors import ConvirtError

if TYPE_CHECKING:
    from convirt_core.model import Capability
    from convirt_core.services.listed import ListedVM
    from convirt_core.testing.workbench import Workbench

_PAUSE_SECONDS = 0.05


class Onlooker:
    """Looks again and again as long as a `with` lasts, from a thread of its own.

    :param way: what it is to move with
    :ivar can_ask: the platform takes a question while it moves a VM
    :ivar is_seen: the platform said at least once that the VM is on its way
    :ivar ways: what the lab has said of its way
    """

    def __init__(self, bench: Workbench, vm: ListedVM, way: Capability) -> None:
        self.can_ask = bench.platform.max_concurrency > 1
        self.is_seen = False
        self.ways = set[bool | None]()
        self._bench = bench
        self._vm = vm
        self._way = way
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="kit-onlooker", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_PAUSE_SECONDS):
            self.ways.add(self._bench.lab.moves_with(self._way, self._vm))
            self.is_seen = self.is_seen or (self.can_ask and self._is_migrating())

    def _is_migrating(self) -> bool:
        """Ask the platform; that a VM which has just left is not found, says nothing."""
        try:
            return self._bench.call(lambda _, vmm: vmm.is_migrating(self._vm.ref.key))
        except ConvirtError:
            return False
