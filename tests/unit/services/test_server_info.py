"""What is shown of a server: its system and its hypervisor, each without the other if need be."""

import threading
from typing import TYPE_CHECKING, Any

import pytest

from convirt_core.app import Application
from convirt_core.errors import ServerUnavailable
from convirt_core.model import InfoSection, ManagedNode, VMState
from convirt_core.platforms import VM
from convirt_core.services.environment import without_doubles
from convirt_core.services.sections import server_section

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_server_says_what_it_is_beneath_its_hypervisor(app: Application, host1: ManagedNode) -> None:
    info = app.grid.server_info(host1)
    assert info.environment is not None
    assert info.environment.memory.total_bytes > 1 << 28
    assert (info.environment_error, info.hypervisor_error) == (None, None)


def test_information_of_a_server_counts_its_vms(
    app: Application, host1: ManagedNode, add_vm: "Callable[..., str]"
) -> None:
    add_vm("web1", state=VMState.RUNNING)
    add_vm("web2")
    values = app.grid.server_info(host1).sections[0].as_dict()
    assert (values["vm_count"], values["running_vm_count"]) == (2, 1)


def test_a_vm_that_is_the_server_itself_counts_as_none() -> None:
    own = VM("k", "Domain-0", VMState.RUNNING, frozenset(), protected=True)
    values = server_section(ManagedNode("i", "dom0", "toy"), "", [own]).as_dict()
    assert (values["vm_count"], values["running_vm_count"]) == (0, 0)


def test_a_server_whose_hypervisor_is_silent_still_says_what_it_is(
    app: Application, host1: ManagedNode, toy: Any
) -> None:
    toy.errors["vms"] = [ServerUnavailable("libvirtd is down.")]
    info = app.grid.server_info(host1)
    assert info.environment is not None
    assert str(info.hypervisor_error) == "libvirtd is down."
    assert info.sections[0].as_dict()["vm_count"] is None


def test_a_server_that_runs_no_commands_still_says_what_its_hypervisor_knows(
    app: Application, host1: ManagedNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(app, host1, monkeypatch)
    info = app.grid.server_info(host1)
    assert info.environment is None
    assert str(info.environment_error) == "no way in"
    assert info.sections[0].as_dict()["vm_count"] == 0


def test_a_server_that_says_nothing_at_all_is_the_hypervisors_error(
    app: Application, host1: ManagedNode, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence(app, host1, monkeypatch)
    toy.errors["vms"] = [ServerUnavailable("libvirtd is down.")]
    with pytest.raises(ServerUnavailable, match="libvirtd is down"):
        app.grid.server_info(host1)


def test_the_environment_is_read_once_until_it_is_asked_for_anew(app: Application, host1: ManagedNode) -> None:
    first = app.environments.of(host1)
    assert app.environments.of(host1) is first
    assert app.environments.of(host1, refresh=True).read_at > first.read_at


def test_the_environment_of_an_edited_server_is_read_anew(app: Application, host1: ManagedNode) -> None:
    first = app.environments.of(host1)
    edited = app.grid.edit_server(host1, name="host9")
    assert app.environments.of(edited) is not first


def test_a_hung_hypervisor_does_not_keep_the_environment_back(app: Application, host1: ManagedNode, toy: Any) -> None:
    toy.hang["vms"] = threading.Event()
    for _ in range(2):  # the toy's two threads
        with pytest.raises(ServerUnavailable):
            app.servers.get(host1.id).look(lambda vnode: vnode.vms(), deadline_seconds=0.1)
    info = app.grid.server_info(host1)
    assert info.environment is not None
    assert "host1 has not answered" in str(info.hypervisor_error)


def test_what_the_hypervisor_says_alike_is_said_once() -> None:
    theirs = [
        InfoSection("Memory", (("memory_total_bytes", "Memory", 64), ("memory_free_bytes", "Free", 8))),
        InfoSection("CPU", (("cpus", "Processors", 4),)),
    ]
    kept = without_doubles(theirs, {"memory_total_bytes": 64, "cpus": 4})
    assert kept == [InfoSection("Memory", (("memory_free_bytes", "Free", 8),))]


def test_what_the_hypervisor_knows_better_is_shown_beside() -> None:
    theirs = [InfoSection("CPU", (("cpus", "Processors", 64),))]
    assert without_doubles(theirs, {"cpus": 4}) == theirs


def silence(app: Application, node: ManagedNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a server run no commands any more."""

    def refuse(*_: object, **__: object) -> None:
        raise ServerUnavailable("no way in")

    monkeypatch.setattr(app.servers.of(node).proxy, "run", refuse)
