"""Tasks between processes: who holds a VM, what a dead one leaves, who cleans up."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convirt_core.errors import AlreadyExists, Busy, Conflict, NotFound, Refused
from convirt_core.model import Remain, Task, TaskState, VMRef
from convirt_core.store import Store, owner_name
from convirt_core.store.owners import is_gone, owner_mark

WEB = VMRef("s1", "web")
DATABASE = VMRef("s1", "database")
DISK = Remain("file", "s1", "/srv/web.qcow2")
LEASE_UNTIL = 1_030.0  # the clock of the tests stands at 1,000


def task(task_id: str, *vms: VMRef, owner: str = "") -> Task:
    return Task(
        task_id, "start", f"Start {task_id}", TaskState.RUNNING, owner or owner_name(), 1_000.0, LEASE_UNTIL, vms=vms
    )


ADD_TASK = """
import sys
from pathlib import Path
from convirt_core.model import Remain, Task, TaskState, VMRef
from convirt_core.store import Store, owner_name

with Store.open(Path(sys.argv[1])) as store:
    vms = (VMRef("s1", "web"),)
    store.tasks.add(Task("dead", "start", "Start web", TaskState.RUNNING, owner_name(), 1e3, 2e9, vms=vms))
    store.tasks.add_remain("dead", Remain("file", "s1", "/srv/web.qcow2"))
print("added", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def process(store: Store) -> Iterator[subprocess.Popen]:
    """Another process, whose task `dead` holds WEB, has made DISK, and has a lease for years."""
    argv = [sys.executable, "-c", ADD_TASK, str(store._database.path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"added\n"
        yield child
        child.kill()


def test_a_task_comes_back_as_it_went_in(store: Store) -> None:
    text = st.text(st.characters(exclude_categories=("Cs",)), max_size=10)
    time = st.floats(allow_nan=False, allow_infinity=False)
    tasks = st.builds(
        Task,
        st.just("t"),
        text,
        text,
        st.sampled_from(TaskState),
        text,
        time,
        time,
        progress=st.none() | st.floats(0, 1),
        message=text,
        ended_at=st.none() | time,
        cancel_requested=st.booleans(),
        result=text,
        error=text,
        remains=st.lists(st.builds(Remain, text, text, text)).map(tuple),
    )

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(tasks)
    def round_trip(value: Task) -> None:
        with store.transaction():
            store.tasks._insert(value)
            read = store.tasks.get("t")
            store.tasks._table.delete().execute()
        assert read == value

    round_trip()


def test_an_id_is_given_once(store: Store) -> None:
    store.tasks.add(task("t1"))
    with pytest.raises(AlreadyExists):
        store.tasks.add(task("t1"))


def test_the_second_task_on_a_vm_is_refused_and_told_who_holds_it(store: Store) -> None:
    store.tasks.add(task("t1", WEB))
    with pytest.raises(Busy) as caught:
        store.tasks.add(task("t2", DATABASE, WEB))
    assert "t1" in str(caught.value)
    assert "Start t1" in str(caught.value)
    assert owner_name() in str(caught.value)
    assert [one.id for one in store.tasks.all()] == ["t1"]


def test_a_task_locks_all_or_none(store: Store) -> None:
    store.tasks.add(task("t1", WEB))
    store.tasks.add(task("t2"))
    with pytest.raises(Busy):
        store.tasks.lock("t2", [DATABASE, WEB])
    assert store.tasks.get("t2").vms == ()


def test_a_task_may_lock_what_it_holds_already(store: Store) -> None:
    store.tasks.add(task("t1", WEB))
    assert store.tasks.lock("t1", [WEB, DATABASE]).vms == (WEB, DATABASE)


@pytest.mark.parametrize("state", [TaskState.DONE, TaskState.FAILED, TaskState.CANCELLED])
def test_an_ended_task_holds_nothing(store: Store, state: TaskState) -> None:
    store.tasks.add(task("t1", WEB))
    store.tasks.finish("t1", state, ended_at=1_001.0)
    store.tasks.add(task("t2", WEB))


def test_an_unlocked_vm_is_free(store: Store) -> None:
    store.tasks.add(task("t1", WEB, DATABASE))
    assert store.tasks.unlock("t1", [WEB]).vms == (DATABASE,)
    store.tasks.add(task("t2", WEB))


def test_of_many_threads_that_want_one_vm_exactly_one_gets_it(store: Store) -> None:
    begin, won = threading.Barrier(6), []

    def work(number: int) -> None:
        begin.wait()
        try:
            won.append(store.tasks.add(task(f"t{number}", WEB)))
        except Busy:
            return

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_living_process_is_respected(store: Store, process: subprocess.Popen) -> None:
    with pytest.raises(Busy, match=f"{process.pid}@"):
        store.tasks.add(task("t1", WEB))


def test_a_killed_process_holds_nothing_though_its_lease_goes_on(store: Store, process: subprocess.Popen) -> None:
    process.kill()
    process.wait()
    assert [one.id for one in store.tasks.expired(1_000.0)] == ["dead"]
    store.tasks.add(task("t1", WEB))
    assert store.tasks.get("dead").state is TaskState.INTERRUPTED


def test_a_killed_process_that_nobody_collected_holds_nothing(store: Store, process: subprocess.Popen) -> None:
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # ended, but still a zombie
    store.tasks.add(task("t1", WEB))


def test_a_reused_process_number_is_not_the_process(store: Store) -> None:
    boot, namespace, started = owner_mark(owner_name()).split(" ")
    assert not is_gone(owner_name(), f"{boot} {namespace} {started}")
    assert is_gone(owner_name(), f"{boot} {namespace} {int(started) - 1}")
    assert is_gone(owner_name(), f"another-boot {namespace} {started}")


def test_what_cannot_be_known_from_here_is_left_to_the_lease() -> None:
    boot, _, started = owner_mark(owner_name()).split(" ")
    assert not is_gone(f"{os.getpid()}@elsewhere", f"{boot} namespace {started}")
    assert not is_gone(owner_name(), f"{boot} another-namespace {started}")
    assert not is_gone(owner_name(), "")
    assert owner_mark("1@elsewhere") == ""


def test_a_lapsed_lease_does_not_block_and_its_task_is_told(store: Store, clock) -> None:
    store.tasks.add(task("t1", WEB))
    clock.now = LEASE_UNTIL + 1
    store.tasks.add(task("t2", WEB))
    with pytest.raises(Conflict):
        store.tasks.heartbeat("t1", LEASE_UNTIL + 30)
    with pytest.raises(Conflict):
        store.tasks.finish("t1", TaskState.DONE, ended_at=clock.now)


def test_a_heartbeat_renews_the_lease_and_hands_back_a_wish_to_cancel(store: Store) -> None:
    store.tasks.add(task("t1"))
    store.tasks.request_cancel("t1")
    beat = store.tasks.heartbeat("t1", 2_000.0, 0.5, "copying")
    assert (beat.lease_until, beat.progress, beat.message, beat.cancel_requested) == (2_000.0, 0.5, "copying", True)
    assert store.tasks.expired(1_999.0) == []


def test_an_ended_task_cannot_be_cancelled(store: Store) -> None:
    store.tasks.add(task("t1"))
    store.tasks.finish("t1", TaskState.DONE, ended_at=1_001.0)
    with pytest.raises(Refused, match="ended"):
        store.tasks.request_cancel("t1")


def test_only_the_first_marks_a_task_interrupted(store: Store) -> None:
    store.tasks.add(task("t1"))
    assert store.tasks.interrupt("t1", 1_000.0) is None
    assert store.tasks.interrupt("t1", LEASE_UNTIL + 1).state is TaskState.INTERRUPTED
    assert store.tasks.interrupt("t1", LEASE_UNTIL + 1) is None


def test_what_a_done_task_has_made_stays(store: Store) -> None:
    store.tasks.add(task("t1"))
    store.tasks.add_remain("t1", DISK)
    assert store.tasks.finish("t1", TaskState.DONE, ended_at=1_001.0).remains == ()
    assert store.tasks.left_over() == []


def test_a_failed_task_keeps_what_was_not_removed(store: Store) -> None:
    store.tasks.add(task("t1"))
    other = Remain("domain", "s1", "web")
    store.tasks.add_remain("t1", DISK)
    store.tasks.add_remain("t1", other)
    store.tasks.drop_remain("t1", other)
    store.tasks.finish("t1", TaskState.FAILED, ended_at=1_001.0)
    assert [one.remains for one in store.tasks.left_over()] == [(DISK,)]
    store.tasks.drop_remain("t1", DISK)
    assert store.tasks.left_over() == []


def test_what_is_yet_to_be_removed_cannot_be_made_by_another(store: Store, process: subprocess.Popen) -> None:
    store.tasks.add(task("t1"))
    with pytest.raises(Busy, match=f"^The file {DISK.name} is held by task dead"):
        store.tasks.add_remain("t1", DISK)
    process.kill()
    process.wait()
    store.tasks.interrupt("dead", 1_000.0)
    with pytest.raises(Busy, match="left behind by task dead"):
        store.tasks.add_remain("t1", DISK)


def test_of_two_that_clean_up_one_gets_the_remains(store: Store, process: subprocess.Popen) -> None:
    process.kill()
    process.wait()
    store.tasks.interrupt("dead", 1_000.0)
    for cleaner in ("c1", "c2"):
        store.tasks.add(task(cleaner))
    assert store.tasks.adopt("c1", "dead") == (DISK,)
    assert store.tasks.adopt("c2", "dead") == ()
    assert store.tasks.get("c1").remains == (DISK,)


def test_the_remains_of_a_living_task_are_its_own(store: Store, process: subprocess.Popen) -> None:
    store.tasks.add(task("c1"))
    with pytest.raises(Busy):
        store.tasks.adopt("c1", "dead")


def test_old_tasks_are_forgotten_but_not_those_that_run_or_left_something(store: Store) -> None:
    for name in ("old", "new", "untidy", "running"):
        store.tasks.add(task(name))
    store.tasks.add_remain("untidy", DISK)
    for name, ended_at in (("old", 1_001.0), ("new", 9_000.0), ("untidy", 1_001.0)):
        store.tasks.finish(name, TaskState.FAILED, ended_at=ended_at)
    assert store.tasks.forget(5_000.0) == 1
    assert [one.id for one in store.tasks.all()] == ["new", "running", "untidy"]


def test_an_unknown_task_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="nosuch"):
        store.tasks.get("nosuch")


def test_a_task_that_is_over_can_be_removed(store: Store) -> None:
    store.tasks.add(task("t1"))
    store.tasks.finish("t1", TaskState.DONE, ended_at=1.0)
    store.tasks.remove("t1")
    assert store.tasks.all() == []


def test_a_task_that_runs_is_not_removed(store: Store) -> None:
    store.tasks.add(task("t1"))
    with pytest.raises(Refused, match="t1"):
        store.tasks.remove("t1")
    assert [kept.id for kept in store.tasks.all()] == ["t1"]


@pytest.mark.parametrize(
    ("key", "said"), [("a-uuid", "The VM"), ("file:/srv/a", "The file /srv/a"), ("name:web1", "The name web1")]
)
def test_what_is_held_is_named(store: Store, key: str, said: str) -> None:
    store.tasks.add(task("t1"))
    store.tasks.add(task("t2"))
    store.tasks.lock("t1", [VMRef("s", key)])
    with pytest.raises(Busy, match=f"^{said} is held by task t1"):
        store.tasks.lock("t2", [VMRef("s", key)])
