"""The call that moves a VM, who looks at it meanwhile, and how it is ended."""

from __future__ import annotations

import threading
import time

import libvirt
import pytest

from convirt_core.errors import Cancelled, OperationFailed, OutcomeUnknown
from convirt_core.model import MigrationProgress
from convirt_libvirt.migration import moving
from convirt_libvirt.migration.jobs import progress_of
from convirt_libvirt.migration.moving import Moving


class Domain:
    """A domain with a job."""

    def __init__(self) -> None:
        self.aborted = threading.Event()
        self.post_copies = 0
        self.stats: dict[str, int] = {"memory_total": 100, "memory_remaining": 60}

    def name(self) -> str:
        return "web1"

    def jobStats(self, _flags: int) -> dict[str, int]:  # noqa: N802  libvirt's name
        return self.stats

    def abortJob(self) -> None:  # noqa: N802
        self.aborted.set()

    def migrateStartPostCopy(self, _flags: int) -> None:  # noqa: N802
        self.post_copies += 1


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "LOOK_SECONDS", 0.01)


def test_early_statistics_say_that_nothing_is_known() -> None:
    assert progress_of({"time_elapsed": 5}).fraction is None


def test_the_caller_hears_how_far_it_is() -> None:
    heard: list[MigrationProgress] = []
    Moving(Domain(), lambda: time.sleep(0.1), post_copy=False).run(heard.append)
    assert heard[-1].memory_remaining_bytes == 60


def test_what_the_call_raises_is_the_callers() -> None:
    def fail() -> None:
        raise OperationFailed("No.")

    with pytest.raises(OperationFailed, match="No"):
        Moving(Domain(), fail, post_copy=False).run(lambda _: None)


def test_a_listener_that_raises_aborts_the_job_and_waits_for_its_end() -> None:
    domain, ended = Domain(), threading.Event()

    def move() -> None:
        domain.aborted.wait(5)
        ended.set()
        raise Cancelled("aborted")

    def refuse(_: MigrationProgress) -> None:
        raise Cancelled("Somebody asked.")

    with pytest.raises(Cancelled, match="Somebody asked"):
        Moving(domain, move, post_copy=False).run(refuse)
    assert ended.is_set()


def test_one_that_arrived_before_it_could_be_aborted_is_done() -> None:
    domain = Domain()

    def refuse(_: MigrationProgress) -> None:
        raise Cancelled("Somebody asked.")

    Moving(domain, lambda: domain.aborted.wait(5) and None, post_copy=False).run(refuse)


def test_one_that_does_not_end_has_an_unknown_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "ABORT_SECONDS", 0.05)
    over = threading.Event()

    def refuse(_: MigrationProgress) -> None:
        raise Cancelled("Somebody asked.")

    with pytest.raises(OutcomeUnknown, match="does not end"):
        Moving(Domain(), lambda: over.wait(5) and None, post_copy=False).run(refuse)
    over.set()


def test_one_that_the_driver_cannot_end_is_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    over = threading.Event()

    class Endless(Domain):
        """A domain whose driver has no such call."""

        def abortJob(self) -> None:  # noqa: N802  libvirt's name
            error = libvirt.libvirtError("no")
            error.err = (libvirt.VIR_ERR_NO_SUPPORT, libvirt.VIR_FROM_DOMAIN, "no", 2, "", "", "", 0, 0)
            raise error

    def refuse(_: MigrationProgress) -> None:
        raise Cancelled("Somebody asked.")

    begun = time.monotonic()
    with caplog.at_level("INFO"), pytest.raises(OutcomeUnknown, match="of web1 cannot be ended, and goes on"):
        Moving(Endless(), lambda: over.wait(5) and None, post_copy=False).run(refuse)
    assert time.monotonic() - begun < 4
    over.set()


def test_the_caller_goes_on_while_libvirt_hangs_and_waits_little_for_it_to_abort(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moving, "ANSWER_SECONDS", 0.05)
    over = threading.Event()

    class Hung(Domain):
        """A domain of which libvirtd answers nothing."""

        def jobStats(self, _flags: int) -> dict[str, int]:  # noqa: N802  libvirt's name
            over.wait(5)
            return {}

        def abortJob(self) -> None:  # noqa: N802
            over.wait(5)

    heard: list[MigrationProgress] = []

    def refuse(progress: MigrationProgress) -> None:
        heard.append(progress)
        if len(heard) == 3:
            raise Cancelled("Its deadline has passed.")

    with pytest.raises(OutcomeUnknown, match="does not end"):
        Moving(Hung(), lambda: over.wait(5) and None, post_copy=False).run(refuse)
    over.set()


def test_an_abort_that_had_to_wait_until_the_migration_had_ended_aborts_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moving, "ANSWER_SECONDS", 0.05)
    over, answers, turn = threading.Event(), threading.Event(), threading.Lock()

    class Late(Domain):
        """A domain of which libvirtd answers nothing until later."""

        def jobStats(self, _flags: int) -> dict[str, int]:  # noqa: N802  libvirt's name
            answers.wait(5)
            return {}

    def refuse(_: MigrationProgress) -> None:
        raise Cancelled("Its deadline has passed.")

    def named(what: str) -> threading.Thread:
        return next(thread for thread in threading.enumerate() if thread.name == f"{what}-web1")

    domain = Late()
    with pytest.raises(OutcomeUnknown):
        Moving(domain, lambda: over.wait(5) and None, post_copy=False, turn=lambda: turn).run(refuse)
    migration, abort = named("migrate"), named("abort")
    over.set()
    migration.join(5)
    answers.set()
    abort.join(5)
    assert not domain.aborted.is_set()


def test_post_copy_begins_once_after_all_memory_was_sent_for_the_first_time() -> None:
    domain = Domain()
    domain.stats["memory_iteration"] = 2
    Moving(domain, lambda: time.sleep(0.1), post_copy=True).run(lambda _: None)
    assert domain.post_copies == 1
