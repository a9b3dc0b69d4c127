"""Operations: from the right state, with the hooks around them, done when they are seen done."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from labs.toy.server import ToyVMM

from convirt_core.app import Application
from convirt_core.errors import (
    AlreadyExists,
    Busy,
    InvalidInput,
    NotDone,
    NotSupported,
    OperationFailed,
    OutcomeUnknown,
    ServerUnavailable,
    WrongState,
)
from convirt_core.model import Capability, ChecksFailed, Finding, ManagedNode, Severity, TaskState, VMRef, VMState
from convirt_core.services.lifecycle import absence, asking, new_runs, operations
from convirt_core.services.listed import ListedVM

AddVM = Callable[..., str]
Listed = Callable[..., ListedVM]
START, SHUTDOWN, REBOOT, KILL = Capability.START, Capability.SHUTDOWN, Capability.REBOOT, Capability.KILL
PAUSE, RESUME, SAVE = Capability.PAUSE, Capability.RESUME, Capability.SAVE


@pytest.fixture
def web1(app: Application, host1: ManagedNode, add_vm: AddVM) -> Listed:
    """Make the VM web1 in a state."""

    def web1(state: VMState = VMState.STOPPED) -> ListedVM:
        add_vm("web1", state=state)
        return app.vms.find("web1")

    return web1


@pytest.fixture
def short_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "SETTLE_SECONDS", 0.2)
    monkeypatch.setattr(asking, "SETTLE_SECONDS", 0.2)


def state(app: Application) -> VMState:
    return app.vms.find("web1").vm.state


def once_asked(toy: Any, name: str, action: Callable[[], object], *, after_seconds: float = 0.1) -> None:
    """Do something a while after the hypervisor was asked for something, however late that is."""

    def enter(asked: str) -> None:
        if asked == name:
            toy.enter = usual
            threading.Timer(after_seconds, action).start()
        usual(asked)

    usual = toy.enter
    toy.enter = enter


@pytest.mark.parametrize(
    ("capability", "before", "after", "sentence"),
    [
        (START, VMState.STOPPED, VMState.RUNNING, "web1 was started."),
        (SHUTDOWN, VMState.RUNNING, VMState.STOPPED, "web1 was shut down."),
        (REBOOT, VMState.RUNNING, VMState.RUNNING, "web1 was rebooted."),
        (KILL, VMState.PAUSED, VMState.STOPPED, "web1 was killed."),
        (PAUSE, VMState.RUNNING, VMState.PAUSED, "web1 was paused."),
        (RESUME, VMState.PAUSED, VMState.RUNNING, "web1 was resumed."),
    ],
)
def test_an_operation_brings_the_vm_to_its_state(
    app: Application, web1: Listed, capability: Capability, before: VMState, after: VMState, sentence: str
) -> None:
    assert app.lifecycle.run(capability, web1(before)) == sentence
    assert state(app) is after


def test_an_operation_is_a_task(app: Application, web1: Listed) -> None:
    app.lifecycle.run(START, web1())
    [task] = app.tasks.list()
    assert (task.title, task.kind, task.state) == ("Start web1 on host1", "start", TaskState.DONE)


def test_without_events_it_is_seen_by_looking(app: Application, web1: Listed, toy: Any) -> None:
    toy.sends_events = False
    app.lifecycle.run(START, web1())
    assert state(app) is VMState.RUNNING


def test_an_event_ends_the_wait_before_the_next_look(
    app: Application, web1: Listed, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convirt_core.services.lifecycle.seeing.FIRST_POLL_SECONDS", 30.0)
    monkeypatch.setattr("convirt_core.services.lifecycle.seeing.LONGEST_POLL_SECONDS", 30.0)
    vm = web1(VMState.RUNNING)
    toy.deaf = True
    once_asked(toy, "shutdown", lambda: toy.go(vm.ref.key, VMState.STOPPED))
    assert app.lifecycle.run(SHUTDOWN, vm, deadline_seconds=10) == "web1 was shut down."


def test_the_wrong_state_is_refused_and_nothing_is_asked(app: Application, web1: Listed, toy: Any) -> None:
    with pytest.raises(WrongState, match=r"web1 is stopped; pause needs it running\."):
        app.lifecycle.run(PAUSE, web1())
    assert "pause" not in toy.asked
    assert app.tasks.list() == []


def test_what_the_server_cannot_do_is_not_supported(app: Application, web1: Listed, toy: Any) -> None:
    toy.capabilities = toy.capabilities - {PAUSE}
    with pytest.raises(NotSupported):
        app.lifecycle.run(PAUSE, web1(VMState.RUNNING))


def test_a_vm_without_a_console_says_so(app: Application, running: ListedVM) -> None:
    with pytest.raises(NotSupported, match="serial console"):
        app.lifecycle.open_console(running)


def test_the_state_counts_as_it_is_now_and_not_as_it_was_listed(app: Application, web1: Listed) -> None:
    stale = web1()
    app.lifecycle.run(START, stale)
    assert app.lifecycle.run(PAUSE, stale) == "web1 was paused."


def test_what_is_no_operation_on_the_state_is_refused(app: Application, web1: Listed) -> None:
    with pytest.raises(InvalidInput):
        app.lifecycle.run(Capability.CLONE, web1())


# seeing it done
def test_a_deaf_guest_is_said_to_run_on_and_how_to_end_it(app: Application, web1: Listed, toy: Any) -> None:
    toy.deaf = True
    with pytest.raises(NotDone, match=r"web1 is still running 0\.2 s after it was asked to shut down\.") as caught:
        app.lifecycle.run(SHUTDOWN, web1(VMState.RUNNING), deadline_seconds=0.2)
    assert "convirt vm kill web1" in caught.value.remedy
    assert app.tasks.list()[0].state is TaskState.FAILED


def test_a_reboot_that_shows_as_stop_and_start_is_a_reboot(app: Application, web1: Listed, toy: Any) -> None:
    toy.reboots_by_stopping = True
    assert app.lifecycle.run(REBOOT, web1(VMState.RUNNING)) == "web1 was rebooted."


def test_so_it_is_without_events(app: Application, web1: Listed, toy: Any) -> None:
    toy.reboots_by_stopping, toy.sends_events = True, False
    assert app.lifecycle.run(REBOOT, web1(VMState.RUNNING)) == "web1 was rebooted."


def test_a_reboot_is_not_done_while_the_run_whose_end_was_told_is_still_there(
    app: Application, web1: Listed, toy: Any
) -> None:
    toy.tells_of_an_end_early = True
    with pytest.raises(NotDone, match="not seen to reboot"):
        app.lifecycle.run(REBOOT, web1(VMState.RUNNING), deadline_seconds=0.2)


def test_a_reboot_that_does_not_happen_is_not_done(app: Application, web1: Listed, toy: Any) -> None:
    toy.deaf = True
    with pytest.raises(NotDone, match="not seen to reboot"):
        app.lifecycle.run(REBOOT, web1(VMState.RUNNING), deadline_seconds=0.2)


def test_a_guest_that_ends_as_soon_as_it_started_was_started(app: Application, web1: Listed, toy: Any) -> None:
    toy.dies_at_once = True
    assert app.lifecycle.run(START, web1()) == "web1 was started."


def test_a_vm_has_deadlines_of_its_own(app: Application, web1: Listed, toy: Any) -> None:
    toy.deaf = True
    vm = web1(VMState.RUNNING)
    record = app.vms.import_vm(vm.ref)
    app.store.vms.save(evolve(record, settings={"deadline.shutdown": "0.1"}))
    with pytest.raises(NotDone, match=r"0\.1 s"):
        app.lifecycle.run(SHUTDOWN, vm)


@pytest.mark.parametrize("text", ["soon", "-3", "0"])
def test_a_deadline_that_is_no_time_is_refused(app: Application, web1: Listed, text: str) -> None:
    vm = web1()
    app.store.vms.save(evolve(app.vms.import_vm(vm.ref), settings={"deadline.start": text}))
    with pytest.raises(InvalidInput, match="no number of seconds"):
        app.lifecycle.run(START, vm)


def test_an_answer_that_is_lost_after_the_change_is_settled_by_looking(
    app: Application, web1: Listed, toy: Any
) -> None:
    vm = web1(VMState.RUNNING)
    toy.deaf = True
    toy.errors["shutdown"] = [OutcomeUnknown("The connection broke.")]
    once_asked(toy, "shutdown", lambda: toy.go(vm.ref.key, VMState.STOPPED))
    assert app.lifecycle.run(SHUTDOWN, vm) == "web1 was shut down."


@pytest.mark.usefixtures("short_settling")
def test_an_answer_that_stays_lost_is_unknown_and_never_repeated(app: Application, web1: Listed, toy: Any) -> None:
    toy.errors["start"] = [OutcomeUnknown("The connection broke.")]
    with pytest.raises(OutcomeUnknown, match="What became of start of web1 is not known: The connection broke"):
        app.lifecycle.run(START, web1())
    assert toy.asked.count("start") == 1


@pytest.mark.usefixtures("short_settling")
def test_what_was_seen_since_the_answer_was_lost_is_told(app: Application, web1: Listed, toy: Any) -> None:
    toy.errors["start"] = [OutcomeUnknown("The connection broke.")]
    with pytest.raises(OutcomeUnknown, match=r"is not known: The connection broke; web1 is stopped\.$"):
        app.lifecycle.run(START, web1())


def refuse_connections(toy: Any, count: int) -> None:
    """End the connection in the midst of the next start, and refuse the next `count`."""

    def enter(name: str) -> None:
        if name == "start":
            toy.errors["connect"] = [ServerUnavailable("Connection refused.")] * count
            toy.sessions[-1].lost("the daemon ended")

    usual = toy.enter
    toy.errors["start"] = [OutcomeUnknown("The connection broke.")]
    toy.enter = lambda name: (enter(name), usual(name))


def test_a_server_that_refuses_connections_after_it_was_asked_is_not_waited_for_long(
    app: Application, web1: Listed, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(absence, "AWAY_SECONDS", 0.2)
    refuse_connections(toy, 1000)
    begun = time.monotonic()
    with pytest.raises(OutcomeUnknown, match=r"The connection broke; host1 could not be reached again\.$"):
        app.lifecycle.run(START, web1())
    assert time.monotonic() - begun < 3
    assert toy.asked.count("start") == 1


def test_a_server_that_is_back_in_a_moment_tells_what_became_of_it(app: Application, web1: Listed, toy: Any) -> None:
    vm = web1()
    refuse_connections(toy, 3)
    toy.machine(vm.ref.key).state = VMState.STOPPED
    once_asked(toy, "start", lambda: toy.go(vm.ref.key, VMState.RUNNING), after_seconds=0.3)
    begun = time.monotonic()
    assert app.lifecycle.run(START, vm) == "web1 was started."
    assert time.monotonic() - begun < 3


def test_a_server_that_falls_silent_after_it_was_asked_leaves_the_outcome_unknown(
    app: Application, web1: Listed, toy: Any
) -> None:
    vm = web1(VMState.RUNNING)
    toy.deaf = True
    toy.hang["shutdown"] = threading.Event()
    toy.errors["vm"] = []

    def fall_silent() -> None:
        toy.errors["vm"] = [ServerUnavailable("host1 is silent.")] * 100
        toy.hang.pop("shutdown").set()

    once_asked(toy, "shutdown", fall_silent)
    with pytest.raises(OutcomeUnknown, match="host1 is silent"):
        app.lifecycle.run(SHUTDOWN, vm, deadline_seconds=0.4)


def test_a_look_that_hangs_does_not_last_past_the_deadline(
    app: Application, web1: Listed, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convirt_core.services.lifecycle.seeing.SHORTEST_LOOK_SECONDS", 0.2)
    vm = web1(VMState.RUNNING)
    toy.deaf = True

    def hang() -> None:
        toy.hang["vm"] = threading.Event()

    once_asked(toy, "shutdown", hang)
    begun = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        app.lifecycle.run(SHUTDOWN, vm, deadline_seconds=0.3)
    assert time.monotonic() - begun < 3


def test_a_wait_can_be_cancelled(app: Application, web1: Listed, toy: Any) -> None:
    toy.deaf = True
    vm = web1(VMState.RUNNING)

    def cancel() -> None:
        [task] = app.tasks.list(running_only=True)
        app.tasks.cancel(task.id)

    once_asked(toy, "shutdown", cancel)
    with pytest.raises(Exception, match="wait was cancelled, but web1 was asked already: shutdown"):
        app.lifecycle.run(SHUTDOWN, vm, deadline_seconds=20)


# the hooks around it
def test_hooks_are_asked_before_and_told_after(app: Application, web1: Listed, world: Any) -> None:
    app.lifecycle.run(START, web1())
    [asked] = world.before
    [(told, outcome)] = world.after
    assert asked == told
    assert (asked.capability, asked.vm_name, asked.server.name) == (START, "web1", "host1")
    assert asked.task == app.tasks.list()[0].id
    assert outcome.status == "done"


NO = Finding("curfew", "Policy", Severity.ERROR, "Nobody starts VMs at night.", "Wait until morning.")


def test_an_error_finding_refuses_the_operation(app: Application, web1: Listed, world: Any, toy: Any) -> None:
    world.findings = [NO]
    with pytest.raises(ChecksFailed, match=r"refuse start of web1: Nobody starts VMs at night\.") as caught:
        app.lifecycle.run(START, web1())
    assert caught.value.findings[0].plugin == "extensions:watcher"
    assert "start" not in toy.asked


def test_force_overrides_it(app: Application, web1: Listed, world: Any) -> None:
    world.findings = [NO]
    assert app.lifecycle.run(START, web1(), force=True) == "web1 was started."


def test_a_warning_does_not_refuse(app: Application, web1: Listed, world: Any) -> None:
    world.findings = [evolve(NO, severity=Severity.WARNING)]
    assert app.lifecycle.run(START, web1()) == "web1 was started."


def test_a_checker_that_breaks_refuses_too(app: Application, web1: Listed, world: Any) -> None:
    world.checks_fail = True
    with pytest.raises(ChecksFailed, match="extensions:watcher"):
        app.lifecycle.run(START, web1())


def test_a_failure_is_told_to_the_hooks(app: Application, web1: Listed, world: Any, toy: Any) -> None:
    toy.deaf = True
    with pytest.raises(NotDone):
        app.lifecycle.run(SHUTDOWN, web1(VMState.RUNNING), deadline_seconds=0.1)
    [(_, outcome)] = world.after
    assert (outcome.status, "still running" in outcome.message) == ("failed", True)


# new runs
def come_back(toy: Any, key: str, *, times: int = 1) -> None:
    """Have the guest be on its way to its next run when it is to stop, so many times."""
    usual, left = toy.go, [None] * times

    def go(asked: str, state: VMState) -> None:
        if state is VMState.STOPPED and left:
            left.pop()
            toy.runs += 1
            toy.machine(key).run = toy.runs
        else:
            usual(asked, state)

    toy.go = go


def answer(toy: Any, name: str, answers: Callable[[], None]) -> None:
    """Have all but the first of these calls answer so."""
    usual = toy.enter

    def enter(asked: str) -> None:
        usual(asked)
        if asked == name and toy.asked.count(name) > 1:
            answers()

    toy.enter = enter


@pytest.mark.parametrize("capability", [SHUTDOWN, KILL])
@pytest.mark.parametrize("times", [1, 2])
def test_what_ends_a_vm_in_the_middle_of_its_reboot_is_asked_of_each_new_run(
    app: Application, web1: Listed, toy: Any, capability: Capability, times: int
) -> None:
    vm = web1(VMState.RUNNING)
    come_back(toy, vm.ref.key, times=times)
    app.lifecycle.run(capability, vm)
    assert state(app) is VMState.STOPPED
    assert toy.asked.count(capability.value) == 1 + times


def test_a_new_run_that_does_not_listen_is_asked_once(app: Application, web1: Listed, toy: Any) -> None:
    vm = web1(VMState.RUNNING)
    come_back(toy, vm.ref.key)
    answer(toy, "shutdown", lambda: setattr(toy, "deaf", True))
    with pytest.raises(NotDone, match="still running"):
        app.lifecycle.run(SHUTDOWN, vm, deadline_seconds=0.5)
    assert toy.asked.count("shutdown") == 2


def test_why_a_new_run_cannot_be_ended_is_told(app: Application, web1: Listed, toy: Any) -> None:
    vm = web1(VMState.RUNNING)
    come_back(toy, vm.ref.key)
    toy.sends_events = False

    def refuse() -> None:
        raise OperationFailed("libxenlight failed.")

    answer(toy, "kill", refuse)
    with pytest.raises(OperationFailed, match="libxenlight failed"):
        app.lifecycle.run(KILL, vm)
    assert toy.asked.count("kill") == 2


def test_a_new_run_that_ends_by_itself_while_it_is_asked_is_no_error(app: Application, web1: Listed, toy: Any) -> None:
    vm = web1(VMState.RUNNING)
    come_back(toy, vm.ref.key)

    def end() -> None:
        toy.go(vm.ref.key, VMState.STOPPED)
        raise WrongState("web1 is stopped.")

    answer(toy, "kill", end)
    assert app.lifecycle.run(KILL, vm) == "web1 was killed."


def test_a_new_run_is_asked_as_soon_as_its_server_can_be_reached(app: Application, web1: Listed, toy: Any) -> None:
    vm, lost = web1(VMState.RUNNING), [ServerUnavailable("The server cannot be reached.")]
    come_back(toy, vm.ref.key)

    def lose_once() -> None:
        while lost:
            raise lost.pop()

    answer(toy, "kill", lose_once)
    assert app.lifecycle.run(KILL, vm) == "web1 was killed."
    assert toy.asked.count("kill") == 3


def test_what_somebody_else_has_started_meanwhile_runs_on(
    app: Application, web1: Listed, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ToyVMM, "reboots_are_new_runs", False)
    vm = web1(VMState.RUNNING)
    come_back(toy, vm.ref.key)
    with pytest.raises(NotDone, match="still running"):
        app.lifecycle.run(SHUTDOWN, vm, deadline_seconds=0.5)
    assert toy.asked.count("shutdown") == 1


@pytest.mark.usefixtures("short_settling")
def test_a_lost_answer_of_a_new_run_leaves_the_outcome_unknown(app: Application, web1: Listed, toy: Any) -> None:
    vm = web1(VMState.RUNNING)
    come_back(toy, vm.ref.key)

    def lose() -> None:
        raise OutcomeUnknown("The connection broke.")

    answer(toy, "kill", lose)
    with pytest.raises(OutcomeUnknown, match=r"What became of kill of web1 is not known.* web1 is running\.$"):
        app.lifecycle.run(KILL, vm)
    assert toy.asked.count("kill") == 2


def test_a_new_run_is_asked_within_the_deadline_of_the_operation(
    app: Application, web1: Listed, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_runs, "SHORTEST_LOOK_SECONDS", 0.1)
    monkeypatch.setattr(operations, "SETTLE_SECONDS", 0.1)
    vm, gate = web1(VMState.RUNNING), threading.Event()
    come_back(toy, vm.ref.key)

    def hang() -> None:
        gate.wait(20)

    answer(toy, "kill", hang)
    begun = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        app.lifecycle.run(KILL, vm, deadline_seconds=0.5)
    assert time.monotonic() - begun < 3
    gate.set()


def test_a_reboot_whose_new_run_is_seen_is_not_asked_for_again(app: Application, web1: Listed, toy: Any) -> None:
    toy.reboots_by_stopping = True
    app.lifecycle.run(REBOOT, web1(VMState.RUNNING))
    assert toy.asked.count("reboot") == 1


# one at a time
def test_two_applications_do_not_work_on_one_vm_at_once(
    app: Application, another_app: Application, web1: Listed, toy: Any
) -> None:
    vm = web1(VMState.RUNNING)
    toy.deaf = True

    first = threading.Thread(target=app.lifecycle.run, args=(SHUTDOWN, vm))
    first.start()
    while "shutdown" not in toy.asked:
        first.join(0.01)
    with pytest.raises(Busy, match="“Shutdown web1 on host1”"):
        another_app.lifecycle.run(KILL, vm)
    toy.go(vm.ref.key, VMState.STOPPED)
    first.join()
    another_app.lifecycle.run(START, vm)


# files
def test_a_vm_is_saved_and_restored(app: Application, web1: Listed, tmp_path: Path) -> None:
    path = str(tmp_path / "web1.saved")
    assert app.lifecycle.run(SAVE, web1(VMState.RUNNING), path=path) == f"web1 was saved to {path}."
    assert state(app) is VMState.STOPPED
    assert app.lifecycle.restore(app.grid.find_server("host1"), path) == f"web1 was restored from {path}."
    assert state(app) is VMState.RUNNING


@pytest.mark.parametrize("path", ["", "relative"])
def test_a_vm_is_saved_to_a_whole_path_only(app: Application, web1: Listed, path: str) -> None:
    with pytest.raises(InvalidInput, match="not a whole path"):
        app.lifecycle.run(SAVE, web1(VMState.RUNNING), path=path)


def test_a_vm_is_not_saved_over_another_file(app: Application, web1: Listed, tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear Ann")
    with pytest.raises(AlreadyExists):
        app.lifecycle.run(SAVE, web1(VMState.RUNNING), path=str(tmp_path / "letter"))


def test_two_vms_are_not_saved_to_one_file_at_once(
    app: Application, another_app: Application, web1: Listed, add_vm: AddVM, toy: Any, tmp_path: Path
) -> None:
    first, path = web1(VMState.RUNNING), tmp_path / "saved"
    add_vm("web2", state=VMState.RUNNING)
    toy.hang["save"] = threading.Event()
    saving = threading.Thread(target=lambda: app.lifecycle.run(SAVE, first, path=str(path)))
    saving.start()
    while "save" not in toy.asked:
        saving.join(0.01)
    detour = str(tmp_path / "there" / ".." / "saved")
    with pytest.raises(Busy, match=r"Another VM is being saved to .* “Save web1 on host1”") as caught:
        another_app.lifecycle.run(SAVE, another_app.vms.find("web2"), path=detour)
    assert caught.value.remedy == "Choose another file."
    toy.hang["save"].set()
    saving.join()
    assert toy.asked.count("save") == 1
    with pytest.raises(AlreadyExists):
        another_app.lifecycle.run(SAVE, another_app.vms.find("web2"), path=str(path))


def test_a_vm_made_by_a_task_is_booted_within_it(app: Application, host1: ManagedNode, add_vm: AddVM) -> None:
    ref = VMRef(host1.id, add_vm("web1"))

    def work(handle: Any) -> str:
        app.lifecycle.start_within(handle, ref)
        return ""

    app.tasks.run("Make it", "make", work, vms=[ref])
    assert state(app) is VMState.RUNNING
