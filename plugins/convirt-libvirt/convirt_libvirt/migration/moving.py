"""One migration while it goes on: libvirt's call waits in a thread of its own, the caller's tells how far it is.

libvirtd (9.0) answers nothing about a domain while it connects to a destination that does not answer, for two minutes.
So whoever asks it about the domain does it in a thread of its own too: the caller's waits for none of them for long.
"""

from __future__ import annotations

import logging
import threading
from contextlib import nullcontext, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import libvirt

from convirt_core.errors import OutcomeUnknown
from convirt_core.model import MigrationProgress
from convirt_libvirt.errors import is_unsupported, sentence
from convirt_libvirt.migration.jobs import progress_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

LOOK_SECONDS = 0.5
ABORT_SECONDS = 60.0
"""How long it may take until it has ended, once libvirt has heard that it shall."""
ANSWER_SECONDS = 5.0
"""How long libvirt may take to hear it."""

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
        self._seen = MigrationProgress()
        self._ended = threading.Event()
        self._error: BaseException | None = None
        self._can_be_ended = True

    def run(self, progress: Callable[[MigrationProgress], None]) -> None:
        """Do it; see `VMM.migrate`."""
        self._start(self._call, "migrate")
        self._start(self._watch, "watch")
        try:
            while not self._ended.wait(LOOK_SECONDS):
                progress(self._seen)
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

    def _start(self, work: Callable[[], None], what: str) -> None:
        threading.Thread(target=work, name=f"{what}-{self._name}", daemon=True).start()

    def _watch(self) -> None:
        self._seen = self._look()
        while not self._ended.wait(LOOK_SECONDS):
            self._seen = self._look()

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
        heard = threading.Event()
        self._start(partial(self._ask_to_end, heard), "abort")
        will_end = heard.wait(ANSWER_SECONDS) and self._can_be_ended
        if self._ended.wait(ABORT_SECONDS if will_end else 0):
            return
        how = "does not end, though it was asked to" if self._can_be_ended else "cannot be ended, and goes on"
        raise OutcomeUnknown(
            f"The migration of {self._name} {how}.",
            remedy="Look at the VM's state at both servers before you repeat it.",
        )

    def _ask_to_end(self, heard: threading.Event) -> None:
        try:
            with self._turn():
                if not self._ended.is_set():  # while it waited for its turn; a job that is there now is another
                    self._domain.abortJob()
        except libvirt.libvirtError as error:  # nothing to abort (any more), too late for it, or no such call
            self._can_be_ended = not is_unsupported(error)
            _logger.info("the migration of %s was not aborted: %s", self._name, sentence(error))
        heard.set()
