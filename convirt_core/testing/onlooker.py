"""A look at a VM while it moves: what its platform says of that, and what the server's own tool sees."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

from convirt_core.errors import NotFound

if TYPE_CHECKING:
    from convirt_core.model import Capability
    from convirt_core.services.listed import ListedVM
    from convirt_core.testing.workbench import Workbench

_PAUSE_SECONDS = 0.05


class Onlooker:
    """Looks at least once, and again and again as long as a `with` lasts, from a thread of its own.

    What a look raises is raised where the `with` ends.

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
        self._pool = ThreadPoolExecutor(1, "kit-onlooker")
        self._looks: Future[None]

    def __enter__(self) -> Self:
        self._looks = self._pool.submit(self._look)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._over.set()
        self._pool.shutdown()
        if kind is None:
            self._looks.result()

    def check_seen(self, *, is_slow: bool) -> None:
        """Fail unless the platform said that the VM was on its way.

        :param is_slow: it was long enough on its way to be asked about; else nobody knows
        """
        if is_slow and self.can_ask:
            assert self.is_seen, "the platform never said that the VM was on its way"
        elif not self.is_seen:
            self._bench.unseen.add("VMs on their way")

    def check_way(self) -> None:
        """Fail unless the server's own tool saw the VM move as it was to, where that tool can tell."""
        if self.ways == {None}:
            self._bench.unseen.add("ways of migrating")
        else:
            assert True in self.ways, f"the server's own tool never saw {self._way}"

    def _look(self) -> None:
        is_over = False
        while not is_over:
            self.ways.add(self._bench.lab.moves_with(self._way, self._vm))
            self.is_seen = self.is_seen or (self.can_ask and self._is_migrating())
            is_over = self._over.wait(_PAUSE_SECONDS)

    def _is_migrating(self) -> bool:
        """Ask the platform; that a VM which has just left is not found, says nothing."""
        try:
            return self._bench.call(lambda _, vmm: vmm.is_migrating(self._vm.ref.key))
        except NotFound:
            return False
