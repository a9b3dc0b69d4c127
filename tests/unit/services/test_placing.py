"""Choosing among servers: who is asked, who is left out and why, and that one bad server is only its own reason."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from convirt_core.app import Application
from convirt_core.errors import AlreadyExists, InvalidInput, OperationFailed, ServerUnavailable
from convirt_core.model import ChecksFailed, Finding, Image, ManagedNode, Nic, PlacementRequest, Severity
from convirt_core.services.metrics import Metrics
from convirt_core.services.provisioning import Candidate, Placement, placing
from convirt_core.services.provisioning.placing import Placing

IMAGE = Image("i", "tiny", "toy", "g", Path("/nonexistent"))


@pytest.fixture
def servers(app: Application, world: Any) -> list[ManagedNode]:
    for name, cpu_percent in (("host1", 50.0), ("host2", 5.0), ("host3", 30.0)):
        world[name].cpu_percent = cpu_percent
        world[name].memory_free_bytes = 4 << 30
    return [app.grid.add_server(name, platform="toy") for name in ("host1", "host2", "host3")]


@pytest.fixture
def choose(app: Application, servers: list[ManagedNode]) -> "Callable[..., Placement]":
    metrics = Metrics(app.servers, sleep=lambda _: None)

    def choose(
        memory_bytes: int = 1 << 30,
        image: Image = IMAGE,
        nics: Sequence[Nic] = (),
        *,
        nics_on: Callable[[ManagedNode], Sequence[Nic]] | None = None,
        force: bool = False,
    ) -> Placement:
        requests = [PlacementRequest(node, image, "web1", memory_bytes, 1) for node in servers]
        return Placing(app.plugins, app.servers, metrics).choose(requests, nics_on or (lambda _: nics), force=force)

    return choose


@pytest.fixture
def hung(world: Any, monkeypatch: pytest.MonkeyPatch) -> "Iterator[None]":
    """host2 does not answer, and is not waited for long."""
    monkeypatch.setattr(placing, "_LOOK_SECONDS", 0.3)
    world["host2"].hang["metrics"] = threading.Event()
    yield
    world["host2"].hang["metrics"].set()


def of(placement: Placement, name: str) -> Candidate:
    return next(each for each in placement.candidates if each.server.name == name)


def test_the_server_with_the_least_to_do_is_chosen(choose: "Callable[..., Placement]") -> None:
    found = choose()
    assert found.server.name == "host2"
    assert found.reason == "host2 is chosen: it has the least processor use (5 %; host3: 30 %)."
    assert [each.server.name for each in found.candidates] == ["host2", "host3", "host1"]


def test_a_server_without_enough_memory_is_left_out(choose: "Callable[..., Placement]", world: Any) -> None:
    world["host2"].memory_free_bytes = 512 << 20
    found = choose()
    assert found.server.name == "host3"
    [finding] = of(found, "host2").findings
    assert finding.code == "memory-short"
    assert finding.message == "512 MiB of memory are free, and 1024 MiB are needed."


def test_a_name_that_a_server_of_the_pool_has_is_refused_with_its_server(
    choose: "Callable[..., Placement]", add_vm: "Callable[..., str]"
) -> None:
    add_vm("web1", "host3")
    with pytest.raises(AlreadyExists, match=r"There is a VM web1 on host3 already\."):
        choose()


def test_a_server_that_has_a_vm_of_the_name_is_left_out_when_forced(
    choose: "Callable[..., Placement]", add_vm: "Callable[..., str]"
) -> None:
    add_vm("web1", "host2")
    assert of(choose(force=True), "host2").findings[0].code == "name-taken"


def test_a_server_without_the_network_is_left_out_with_its_reason(
    choose: "Callable[..., Placement]", world: Any
) -> None:
    world["host1"].networks = world["host3"].networks = ["lan"]
    found = choose(nics=[Nic(source="lan")])
    assert found.server.name == "host3"
    assert [each.message for each in of(found, "host2").findings] == ["host2 has no network lan."]


def test_no_server_is_asked_for_the_networks_of_a_vm_without(choose: "Callable[..., Placement]", world: Any) -> None:
    choose(nics=[Nic(kind="user")])
    assert "networks" not in world["host2"].asked


def test_when_no_server_has_the_network_that_is_said_with_what_to_do(choose: "Callable[..., Placement]") -> None:
    with pytest.raises(ChecksFailed) as refused:
        choose(nics=[Nic(source="lan")])
    assert str(refused.value).startswith("No server can have web1: host1 has no network lan; host2 has")
    assert {each.remedy for each in refused.value.findings} == {"Make it on the server."}


def test_an_extension_leaves_a_server_out_with_its_reason(choose: "Callable[..., Placement]", world: Any) -> None:
    veto = Finding("too-hot", "Policy", Severity.ERROR, "Its rack is too hot.")
    world.minds_placement = lambda request: [veto] if request.server.name == "host2" else []
    found = choose()
    assert found.server.name == "host3"
    assert [(each.message, each.plugin) for each in of(found, "host2").findings] == [
        ("Its rack is too hot.", "extensions:watcher")
    ]


def test_what_an_extension_warns_of_is_told_and_excludes_nobody(choose: "Callable[..., Placement]", world: Any) -> None:
    world.minds_placement = lambda _: [Finding("old", "Age", Severity.WARNING, "It is old.")]
    found = choose()
    assert found.server.name == "host2"
    assert of(found, "host2").findings[0].message == "It is old."


def test_an_extension_that_fails_has_not_agreed(choose: "Callable[..., Placement]", world: Any) -> None:
    def fail(request: PlacementRequest) -> list[Finding]:
        if request.server.name == "host2":
            raise RuntimeError("broken")
        return []

    world.minds_placement = fail
    found = choose()
    assert found.server.name == "host3"
    assert of(found, "host2").findings[0].code == "plugin-failed"


def test_a_hung_server_is_its_own_reason(choose: "Callable[..., Placement]", hung: None) -> None:
    found = choose()
    assert found.server.name == "host3"
    assert "did not answer" in of(found, "host2").findings[0].message


def test_servers_that_cannot_have_it_are_named_with_their_reasons(
    choose: "Callable[..., Placement]", world: Any, hung: None
) -> None:
    world["host1"].memory_free_bytes = 1 << 20
    world.minds_placement = lambda _: [Finding("closed", "Policy", Severity.ERROR, "It is closed.")]
    with pytest.raises(ChecksFailed) as refused:
        choose()
    assert str(refused.value) == (
        "No server can have web1: host1: 1 MiB of memory are free, and 1024 MiB are needed; "
        "host2 did not answer within 0.3 s; host3: It is closed."
    )
    assert [finding.code for finding in refused.value.findings] == ["memory-short", "server-unavailable", "closed"]


def test_a_pool_that_is_silent_as_a_whole_is_unavailable(choose: "Callable[..., Placement]", world: Any) -> None:
    for name in ("host1", "host2", "host3"):
        world[name].errors["metrics"] = [ServerUnavailable("The daemon is down.")]
    with pytest.raises(ServerUnavailable, match="host3: The daemon is down"):
        choose()


def test_servers_of_another_platform_are_not_asked(choose: "Callable[..., Placement]", world: Any) -> None:
    with pytest.raises(ChecksFailed, match="It runs toy, and the image is for kvm"):
        choose(image=Image("i", "tiny", "kvm", "g", Path("/nonexistent")))
    assert "metrics" not in world["host1"].asked


def test_a_server_on_which_the_vm_cannot_be_drafted_answers_all_the_same(choose: "Callable[..., Placement]") -> None:
    def nics_on(node: ManagedNode) -> Sequence[Nic]:
        if node.name == "host2":
            raise OperationFailed("Its bridges cannot be read.", remedy="Look at /sys.")
        return []

    found = choose(nics_on=nics_on)
    assert found.server.name == "host3"
    [finding] = of(found, "host2").findings
    assert (finding.code, finding.message, finding.remedy) == (
        "not-checked",
        "Its bridges cannot be read.",
        "Look at /sys.",
    )


def test_servers_that_answer_with_a_failure_are_not_called_unavailable(choose: "Callable[..., Placement]") -> None:
    def nics_on(node: ManagedNode) -> Sequence[Nic]:
        raise OperationFailed(f"The bridges of {node.name} cannot be read.")

    with pytest.raises(ChecksFailed) as refused:
        choose(nics_on=nics_on)
    assert {finding.code for finding in refused.value.findings} == {"not-checked"}


def test_a_definition_that_is_wrong_everywhere_is_told_once(choose: "Callable[..., Placement]") -> None:
    def nics_on(_: ManagedNode) -> Sequence[Nic]:
        raise InvalidInput("The template names no bridge.", remedy="Set DEFAULT_BRIDGE.")

    with pytest.raises(InvalidInput, match=r"^The template names no bridge\.$"):
        choose(nics_on=nics_on)


def test_a_definition_that_is_wrong_on_one_server_leaves_that_one_out(choose: "Callable[..., Placement]") -> None:
    def nics_on(node: ManagedNode) -> Sequence[Nic]:
        if node.name == "host2":
            raise InvalidInput("The bridge has a bad name.")
        return []

    assert choose(nics_on=nics_on).server.name == "host3"
