"""One migration while it goes on: libvirt's call waits in a thread of its own, the caller's tells how far it is."""

from __future__ import annotations

import logging
import threading
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any

import libvirt

from convirt_core.errors import OutcomeUnknown
from convirt_libvirt.errors import sentence
from convirt_libvirt.migration.jobs import progress_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from convirt_core.model import MigrationProgress

LOOK_SECONDS = 0.5
ABORT_SECONDS = 60.0
"""How long an abort may take; a direct migration to a server that was cut off may hang much longer."""

_FULL_ROUNDS = 2  # of sending the memory, before a VM that is to come over by post-copy runs at the destination
_logger = logging.getLogger("convirt.libvirt")


class Moving:
    """Waits for libvirt's call and looks at the domain's job meanwhile.

    :param domain: on the shared connection, which answers while the call waits on its own
    :param move: the call; raises errors of ours
    :param post_copy: let the domain run at the destination once its memory was sent for the first time
    :param turn: held around each call on the domain
    """

    def __init__(
        self,
        domain: Any,
        move: Callable[[], None],
        *,
        post_copy: bool,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._turn = turn
        self._domain = domain
        self._name: str = domain.name()
        self._move = move
        self._post_copy = post_copy
        self._ended = threading.Event()
        self._error: BaseException | None = None

    def run(self, progress: Callable[[MigrationProgress], None]) -> None:
        """Do it; see `VMM.migrate`."""
        threading.Thread(target=self._call, name=f"migrate-{self._name}", daemon=True).start()
        try:
            while not self._ended.wait(LOOK_SECONDS):
                progress(self._look())
        except BaseException:
            self._abort()
            if self._error is None:
                return  # it was there already: what came too late changes nothing
            raise
        if self._error is not None:
            raise self._error

    def _call(self) -> None:
        try:
            self._move()
        except BaseException as error:  # noqa: BLE001  it is the caller's, whatever it is
            self._error = error
        finally:
            self._ended.set()

    def _look(self) -> MigrationProgress:
        stats: Mapping[str, int] = {}
        with suppress(libvirt.libvirtError), self._turn():  # not begun yet, or over: the call says how it ended
            stats = self._domain.jobStats(0)
        if self._post_copy and stats.get("memory_iteration", 0) >= _FULL_ROUNDS:
            self._post_copy = False
            self._let_run_there()
        return progress_of(stats)

    def _let_run_there(self) -> None:
        try:
            with self._turn():
                self._domain.migrateStartPostCopy(0)
        except libvirt.libvirtError as error:  # it goes on as any other migration
            _logger.warning("%s does not run at the destination before it is there: %s", self._name, sentence(error))

    def _abort(self) -> None:
        """End the call, and wait until it has ended.

        :raises OutcomeUnknown: it does not
        """
        try:
            with self._turn():
                self._domain.abortJob()
        except libvirt.libvirtError as error:  # nothing to abort (any more), or too late for it
            _logger.info("the migration of %s was not aborted: %s", self._name, sentence(error))
        if not self._ended.wait(ABORT_SECONDS):
            raise OutcomeUnknown(
                f"The migration of {self._name} does not end, though it was asked to.",
                remedy="Look at the VM's state at both servers before you repeat it.",
            )
