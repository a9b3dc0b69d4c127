"""Looking at VMs over all servers."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from convirt_core.app import Application
from convirt_core.errors import (
    AlreadyExists,
    Ambiguous,
    DeadlineExceeded,
    NotFound,
    NotSupported,
    PluginError,
    ServerUnavailable,
    WrongState,
)
from convirt_core.model import Capability, ManagedNode, Reason, VMRef, VMState
from convirt_core.platforms import VM
from convirt_core.services.listed import ListedVM

AddVM = Callable[..., str]


def names(app: Application) -> dict[str, list[str]]:
    return {answer.node.name: [vm.name for vm in answer.vms] for answer in app.vms.list()}


def test_every_server_answers_with_its_vms_by_name(app: Application, host1: Any, host2: Any, add_vm: AddVM) -> None:
    add_vm("web2")
    add_vm("web1")
    add_vm("db", "host2")
    assert names(app) == {"host1": ["web1", "web2"], "host2": ["db"]}


def test_a_server_that_fails_is_only_its_own_error(
    app: Application, host1: Any, host2: Any, world: Any, add_vm: AddVM
) -> None:
    add_vm("web1")
    world["host2"].errors["vms"] = [ServerUnavailable("host2 is on fire.")]
    answers = {answer.node.name: answer for answer in app.vms.list()}
    assert [vm.name for vm in answers["host1"].vms] == ["web1"]
    assert str(answers["host2"].error) == "host2 is on fire."


def test_a_hung_server_does_not_hold_up_the_others(app: Application, host1: Any, host2: Any, world: Any) -> None:
    world["host1"].hang["vms"] = threading.Event()
    begun = time.monotonic()
    first, second = ((each, time.monotonic() - begun) for each in app.vms.list(deadline_seconds=0.5))
    assert (first[0].node.name, first[0].error) == ("host2", None)
    assert first[1] < 0.3
    assert second[0].node.name == "host1"
    assert "did not answer" in str(second[0].error)


def test_a_server_that_fell_silent_is_shown_as_it_was_with_its_age(
    app: Application, host1: Any, toy: Any, add_vm: AddVM
) -> None:
    add_vm("web1")
    list(app.vms.list())
    toy.errors["vms"] = [ServerUnavailable("silent")]
    [answer] = app.vms.list()
    assert [vm.name for vm in answer.vms] == ["web1"]
    assert answer.error is not None
    assert answer.age_seconds > 0


def test_who_lists_is_told_when_the_next_answer_lets_wait(
    app: Application, host1: Any, host2: Any, world: Any, add_vm: AddVM
) -> None:
    add_vm("web1", "host2")
    answers = world["host1"].hang["vms"] = threading.Event()
    there: list[str] = []
    shown: list[list[str]] = []

    def show() -> None:
        shown.append(list(there))
        answers.set()

    for answer in app.vms.list(on_wait=show):
        there.append(answer.node.name)  # noqa: PERF401  it is looked at meanwhile
    assert shown == [["host2"]]
    assert there == ["host2", "host1"]


def test_an_answer_that_is_young_enough_is_not_asked_for_again(app: Application, toy: Any, add_vm: AddVM) -> None:
    add_vm("web1")
    for _ in range(2):
        [answer] = app.vms.list(max_age_seconds=60)
        assert [vm.name for vm in answer.vms] == ["web1"]
    assert toy.asked.count("vms") == 1


def test_another_process_takes_the_answer_too(
    app: Application, another_app: Application, toy: Any, add_vm: AddVM
) -> None:
    add_vm("web1")
    list(app.vms.list(max_age_seconds=60))
    [answer] = another_app.vms.list(max_age_seconds=60)
    assert [vm.name for vm in answer.vms] == ["web1"]
    assert answer.age_seconds > 0
    assert toy.asked.count("vms") == 1


def test_managed_is_a_mark_and_not_a_filter(app: Application, host1: ManagedNode, add_vm: AddVM) -> None:
    key = add_vm("web1")
    add_vm("web2")
    app.vms.import_vm(VMRef(host1.id, key))
    [answer] = app.vms.list()
    assert {vm.name: vm.managed for vm in answer.vms} == {"web1": True, "web2": False}


def test_importing_twice_is_refused(app: Application, host1: ManagedNode, add_vm: AddVM) -> None:
    ref = VMRef(host1.id, add_vm("web1"))
    assert app.vms.import_vm(ref).name == "web1"
    with pytest.raises(AlreadyExists):
        app.vms.import_vm(ref)


@pytest.mark.parametrize("name", ["web1", "host1/web1", "we", "host1/we", "ho/web1"])
def test_a_vm_is_found_by(name: str, app: Application, host1: Any, add_vm: AddVM) -> None:
    add_vm("web1")
    add_vm("db")
    assert app.vms.find(name).name == "web1"


def test_a_vm_is_found_by_its_key(app: Application, host1: Any, add_vm: AddVM) -> None:
    key = add_vm("web1")
    assert app.vms.find(key).name == "web1"


def test_a_key_is_found_without_waiting_for_a_server_that_hangs(
    app: Application, host1: Any, host2: Any, world: Any, add_vm: AddVM
) -> None:
    key = add_vm("web1")
    world["host2"].hang["vms"] = threading.Event()
    begun = time.monotonic()
    assert app.vms.find(key).name == "web1"
    assert time.monotonic() - begun < 3


@pytest.fixture
def web1(app: Application, host1: ManagedNode, add_vm: AddVM) -> VMRef:
    """A managed VM of host1."""
    return app.vms.import_vm(VMRef(host1.id, add_vm("web1"))).ref


def test_a_managed_vm_is_found_without_waiting_for_a_server_that_hangs(
    app: Application, web1: VMRef, host2: Any, world: Any
) -> None:
    world["host2"].hang["vms"] = threading.Event()
    begun = time.monotonic()
    assert [app.vms.find(name).ref for name in ("web1", web1.key, "host1/web1")] == [web1] * 3
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("name", ["web1", "host1/web1", "host1/nosuch"])
def test_of_the_server_that_has_the_vm_it_is_said_that_it_does_not_answer(
    name: str, app: Application, web1: VMRef, host2: Any, world: Any
) -> None:
    world["host1"].errors["vms"] = [DeadlineExceeded("host1 did not answer within 10 s.")]
    with pytest.raises(DeadlineExceeded) as caught:
        app.vms.find(name)
    assert caught.value.message == "host1 did not answer within 10 s."
    assert caught.value.remedy == "Try 'convirt server connect host1'."


@pytest.fixture
def elsewhere(app: Application, web1: VMRef, host2: ManagedNode, world: Any) -> VMRef:
    """The same VM as another server has it too, stopped, while its own does not answer."""
    world["host2"].machines[web1.key] = evolve(world["host1"].machines[web1.key])
    world["host1"].errors["vms"] = [ServerUnavailable("host1 is on fire.")] * 2
    return VMRef(host2.id, web1.key)


def test_a_managed_vm_whose_server_is_lost_is_found_where_it_runs(
    app: Application, elsewhere: VMRef, world: Any
) -> None:
    world["host2"].go(elsewhere.key, VMState.RUNNING)
    assert [app.vms.find(name).ref for name in ("web1", elsewhere.key)] == [elsewhere] * 2


def test_a_managed_vm_that_runs_elsewhere_is_found_without_waiting_for_a_server_that_hangs(
    app: Application, elsewhere: VMRef, world: Any
) -> None:
    world["host2"].go(elsewhere.key, VMState.RUNNING)
    app.grid.add_server("host3", platform="toy")
    world["host3"].hang["vms"] = threading.Event()
    begun = time.monotonic()
    assert app.vms.find("web1").ref == elsewhere
    assert time.monotonic() - begun < 3


def test_a_definition_elsewhere_is_not_taken_for_the_vm_of_a_server_that_is_lost(
    app: Application, elsewhere: VMRef
) -> None:
    for name in ("web1", elsewhere.key):
        with pytest.raises(ServerUnavailable, match="host1 is on fire"):
            app.vms.find(name)


def test_of_a_lost_server_that_got_another_name_meanwhile_it_is_said_that_it_does_not_answer(
    app: Application, web1: VMRef, host2: Any, world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = app.vms.list

    def renamed(**how: Any) -> Any:
        return [answer._replace(node=evolve(answer.node, name="new")) for answer in answered(**how)]

    monkeypatch.setattr(app.vms, "list", renamed)
    world["host1"].errors["vms"] = [DeadlineExceeded("host1 did not answer within 10 s.")]
    with pytest.raises(DeadlineExceeded):
        app.vms.find("web1")


def test_a_managed_vm_that_somebody_has_moved_is_found_where_it_is(
    app: Application, web1: VMRef, host2: ManagedNode, world: Any
) -> None:
    world["host2"].machines[web1.key] = world["host1"].machines.pop(web1.key)
    assert app.vms.find("web1").ref == VMRef(host2.id, web1.key)
    assert app.vms.record(VMRef(host2.id, web1.key)) is not None


def test_a_managed_vm_with_another_name_now_is_not_meant_by_its_old_one(
    app: Application, web1: VMRef, host2: Any, world: Any, add_vm: AddVM
) -> None:
    world["host1"].machines[web1.key].values["name"] = "web9"
    key = add_vm("web1", "host2")
    assert app.vms.find("web1").ref == VMRef(host2.id, key)


def test_a_managed_vm_and_one_that_nobody_manages_are_ambiguous_if_they_have_one_name(
    app: Application, web1: VMRef, host2: Any, add_vm: AddVM
) -> None:
    add_vm("web1", "host2")
    with pytest.raises(Ambiguous, match="host1/web1, host2/web1"):
        app.vms.find("web1")


def test_two_managed_vms_of_one_name_are_ambiguous(
    app: Application, web1: VMRef, host2: ManagedNode, add_vm: AddVM
) -> None:
    app.vms.import_vm(VMRef(host2.id, add_vm("web1", "host2")))
    with pytest.raises(Ambiguous, match="host1/web1, host2/web1"):
        app.vms.find("web1")


def test_a_vm_that_is_being_moved_is_looked_for_everywhere(
    app: Application, web1: VMRef, host2: ManagedNode, world: Any
) -> None:
    machine = evolve(world["host1"].machines[web1.key])

    def work(_task: Any) -> str:
        world["host2"].machines[web1.key] = machine
        world["host2"].go(web1.key, VMState.RUNNING)
        assert app.vms.find("web1").ref.server == host2.id
        return "Done."

    app.tasks.run("Move", "test", work, vms=[web1])


def test_an_exact_name_counts_more_than_the_beginning_of_another(app: Application, host1: Any, add_vm: AddVM) -> None:
    add_vm("web")
    add_vm("web1")
    assert app.vms.find("web").name == "web"


def test_an_ambiguous_name_lists_server_and_name(app: Application, host1: Any, host2: Any, add_vm: AddVM) -> None:
    add_vm("web1")
    add_vm("web1", "host2")
    with pytest.raises(Ambiguous, match="host1/web1, host2/web1"):
        app.vms.find("web1")
    assert app.vms.find("host2/web1").server.name == "host2"


def test_a_vm_that_may_be_on_a_server_that_said_nothing_is_not_called_missing(
    app: Application, host1: Any, host2: Any, world: Any
) -> None:
    world["host2"].errors["vms"] = [ServerUnavailable("host2 is on fire.")]
    with pytest.raises(ServerUnavailable, match=r"VM 'web1'.*host2.*on fire"):
        app.vms.find("web1")


def test_each_server_that_said_nothing_is_named_once(app: Application, host1: Any, host2: Any, world: Any) -> None:
    world["host1"].errors["vms"] = [DeadlineExceeded("host1 did not answer within 10 s.")]
    world["host2"].errors["vms"] = [ServerUnavailable("It is on fire.")]
    with pytest.raises(ServerUnavailable) as caught:
        app.vms.find("web1")
    assert "host1 did not answer within 10 s" in caught.value.message
    assert "host1: host1" not in caught.value.message
    assert "host2: It is on fire" in caught.value.message
    assert ".;" not in caught.value.message


def test_a_vm_of_a_server_whose_plugin_fails_is_answered_with_that(
    app: Application, host1: Any, host2: Any, world: Any
) -> None:
    world["host2"].errors["vms"] = [PluginError("toy is broken.", plugin="platforms:toy", remedy="Mend it.")]
    with pytest.raises(PluginError, match=r"VM 'web1'.*toy is broken") as caught:
        app.vms.find("web1")
    assert (caught.value.plugin, caught.value.remedy) == ("platforms:toy", "Mend it.")


@pytest.mark.parametrize("name", ["", "host1/"])
def test_an_empty_name_is_nobody(name: str, app: Application, host1: Any, add_vm: AddVM) -> None:
    add_vm("web1")
    with pytest.raises(NotFound):
        app.vms.find(name)


def test_details_of_a_running_vm_have_both_sides(app: Application, host1: ManagedNode, add_vm: AddVM) -> None:
    details = app.vms.details(VMRef(host1.id, add_vm("web1", state=VMState.RUNNING)))
    assert details.config is not None
    assert details.info is not None


def test_details_of_a_stopped_vm_have_no_running_side(app: Application, host1: ManagedNode, add_vm: AddVM) -> None:
    assert app.vms.details(VMRef(host1.id, add_vm("web1"))).info is None


def test_a_ref_of_a_vm_that_is_gone_is_not_found(app: Application, vm: ListedVM, toy: Any) -> None:
    del toy.machines[vm.ref.key]
    with pytest.raises(Exception, match="no VM"):
        app.vms.details(VMRef(vm.ref.server, vm.ref.key))


def test_information_comes_from_us_and_from_extensions(app: Application, host1: ManagedNode, add_vm: AddVM) -> None:
    sections = app.vms.info_sections(VMRef(host1.id, add_vm("web1")))
    assert [section.title for section in sections] == ["VM", "Watched"]
    assert sections[0].as_dict()["state"] == "stopped"


def test_a_note_is_kept_in_the_record(app: Application, host1: ManagedNode, add_vm: AddVM) -> None:
    ref = VMRef(host1.id, add_vm("web1"))
    app.vms.import_vm(ref)
    app.vms.set_notes(ref, "Ask Ann.")
    record = app.vms.record(ref)
    assert record is not None
    assert record.notes == "Ask Ann."


def test_all_vms_of_a_server_are_those_in_a_state_that_it_is_for(
    app: Application, host1: Any, toy: Any, add_vm: AddVM, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a platform lets be done to one that is named."""
    toy.machines[add_vm("own", state=VMState.RUNNING)].protected = True
    add_vm("on", state=VMState.RUNNING)
    add_vm("off")
    add_vm("rebooting", state=VMState.STOPPING)
    monkeypatch.setattr(VM, "refusal", lambda *_: None)

    def which(capability: Capability | None) -> list[str]:
        return [vm.name for vm in app.vms.of_server(host1, capability)]

    assert which(None) == ["off", "on", "rebooting"]
    assert which(Capability.PAUSE) == ["on"]
    assert which(Capability.REMOVE) == ["off"]


def test_what_nothing_can_be_done_to_is_not_taken_under_management(
    app: Application, host1: Any, toy: Any, add_vm: AddVM, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, stranger = VMRef(host1.id, add_vm("own")), VMRef(host1.id, add_vm("stranger"))
    toy.machines[own.key].protected = True
    with pytest.raises(WrongState, match="own is the server's own domain"):
        app.vms.import_vm(own)

    monkeypatch.setattr(VM, "refusal", lambda *_: Reason("stranger was made by hand.", supported=False))
    with pytest.raises(NotSupported, match="stranger was made by hand"):
        app.vms.import_vm(stranger)
    assert [vm.managed for answer in app.vms.list() for vm in answer.vms] == [False, False]
