"""Pools and servers."""

from collections.abc import Callable
from typing import Any

import pytest

from convirt_core.app import Application
from convirt_core.errors import (
    AlreadyExists,
    Ambiguous,
    InvalidInput,
    NotFound,
    Refused,
    ServerUnavailable,
)
from convirt_core.model import Finding, ManagedNode, Severity, VMState
from convirt_core.remote import LocalProxy
from convirt_core.services.grid import GridManager

AddVM = Callable[..., str]


def test_a_pool_is_added_renamed_and_removed(app: Application) -> None:
    pool = app.grid.rename_pool(app.grid.add_pool("lab"), "desk")
    assert [each.name for each in app.grid.pools()] == ["desk"]
    app.grid.remove_pool(pool)
    assert app.grid.pools() == []


def test_two_pools_cannot_have_one_name(app: Application) -> None:
    app.grid.add_pool("lab")
    with pytest.raises(AlreadyExists):
        app.grid.add_pool("lab")


@pytest.mark.parametrize("name", ["", "../etc", "-x", "a/b", "x" * 64])
def test_a_name_that_cannot_be_one_is_refused(app: Application, name: str) -> None:
    with pytest.raises(InvalidInput):
        app.grid.add_pool(name)
    with pytest.raises(InvalidInput):
        app.grid.add_server(name, platform="toy")


def test_pool_variables_are_set_and_deleted(app: Application) -> None:
    pool = app.grid.set_pool_variables(app.grid.add_pool("lab"), {"A": "1", "B": "2"})
    app.grid.set_pool_variables(pool, {"A": None, "B": "3"})
    assert app.grid.find_pool("lab").variables == {"B": "3"}


def test_a_pool_with_servers_is_not_removed(app: Application) -> None:
    pool = app.grid.add_pool("lab")
    app.grid.add_server("host1", platform="toy", pool=pool)
    with pytest.raises(Refused, match="still has servers: host1"):
        app.grid.remove_pool(pool)


def test_names_may_be_shortened_while_they_are_unique(app: Application) -> None:
    app.grid.add_pool("desk")
    app.grid.add_pool("lab1")
    app.grid.add_pool("lab2")
    assert app.grid.find_pool("d").name == "desk"
    with pytest.raises(Ambiguous, match="lab1, lab2"):
        app.grid.find_pool("lab")
    with pytest.raises(NotFound):
        app.grid.find_pool("x")


def test_the_platform_of_a_new_server_is_detected(app: Application) -> None:
    assert app.grid.add_server("host1").platform == "toy"


def test_a_new_server_is_connected_and_its_machine_known(app: Application, world: Any) -> None:
    server = app.grid.add_server("host1", platform="toy")
    assert server.host_uuid == world["host1"].host_uuid


def test_a_server_that_cannot_be_reached_is_not_added(app: Application, world: Any) -> None:
    world["host1"].errors["connect"] = [ServerUnavailable("No route to host1.")]
    with pytest.raises(ServerUnavailable, match="No route"):
        app.grid.add_server("host1", platform="toy")
    assert app.grid.servers() == []


def test_one_machine_is_not_added_under_two_names(app: Application, host1: ManagedNode, world: Any) -> None:
    world["other"].host_uuid = host1.host_uuid
    with pytest.raises(AlreadyExists, match="other is the machine that is known as host1"):
        app.grid.add_server("other", platform="toy")


def test_an_unknown_platform_is_a_clear_error(app: Application) -> None:
    with pytest.raises(NotFound, match="vapor"):
        app.grid.add_server("host1", platform="vapor")


def test_what_cannot_be_an_address_is_refused_before_anything_is_tried(app: Application) -> None:
    with pytest.raises(InvalidInput, match="cannot be the address of a server"):
        app.grid.add_server("host2", platform="toy", address="host2; reboot")


def test_a_server_moves_between_pools_and_out(app: Application, host1: ManagedNode) -> None:
    pool = app.grid.add_pool("lab")
    moved = app.grid.move_server(host1, pool)
    assert [each.name for each in app.grid.servers(pool)] == ["host1"]
    app.grid.move_server(moved, None)
    assert app.grid.servers(pool) == []


def test_editing_a_server_keeps_what_is_not_named(app: Application, host1: ManagedNode, world: Any) -> None:
    world["host9"].host_uuid = host1.host_uuid
    edited = app.grid.edit_server(host1, options={"uri": "x", "port": 3})
    edited = app.grid.edit_server(edited, name="host9", options={"uri": None})
    assert app.grid.find_server("host9") == edited
    assert (edited.id, edited.options, edited.host_uuid) == (host1.id, {"port": 3}, host1.host_uuid)


EDITS = [{"address": "127.0.0.1"}, {"user": "root"}, {"ssh_port": 23}, {"options": {"uri": "x"}}]


@pytest.fixture
def another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a server is looked for, there is another machine."""
    monkeypatch.setattr(GridManager, "_read_host_uuid", lambda *_: "another")


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_that_leads_to_another_machine_is_refused(
    app: Application, host1: ManagedNode, another: None, edit: dict[str, Any]
) -> None:
    with pytest.raises(Refused, match="another machine than host1"):
        app.grid.edit_server(host1, **edit)
    assert app.grid.find_server("host1") == host1


def test_a_new_name_needs_no_look_at_the_machine(app: Application, host1: ManagedNode, another: None) -> None:
    assert app.grid.edit_server(host1, name="host9", user="", options={}).name == "host9"


def test_options_can_be_changed_while_the_server_does_not_answer(
    app: Application, host1: ManagedNode, toy: Any
) -> None:
    toy.errors["connect"] = [ServerUnavailable("No route to host1.")]
    assert app.grid.edit_server(host1, options={"folder": "/srv"}).options == {"folder": "/srv"}


def test_a_port_is_not_changed_while_nobody_answers_there(app: Application, host1: ManagedNode, toy: Any) -> None:
    toy.errors["connect"] = [ServerUnavailable("No route to host1.")]
    with pytest.raises(ServerUnavailable, match="No route"):
        app.grid.edit_server(host1, ssh_port=23)


def test_a_server_is_found_by_its_id(app: Application, host1: ManagedNode) -> None:
    assert app.grid.find_server(host1.id) == host1


def test_a_server_is_not_removed_while_vms_run(app: Application, host1: ManagedNode, add_vm: AddVM) -> None:
    add_vm("web1", state=VMState.RUNNING)
    add_vm("web2")
    with pytest.raises(Refused, match=r"VMs run on host1: web1\."):
        app.grid.remove_server(host1)
    app.grid.remove_server(host1, force=True)
    assert app.grid.servers() == []


def test_a_silent_server_is_removed_only_when_forced(app: Application, host1: ManagedNode, toy: Any) -> None:
    toy.errors["vms"] = [ServerUnavailable("silent")]
    with pytest.raises(Refused, match="Whether VMs run on host1 is not known: silent"):
        app.grid.remove_server(host1)


def test_a_check_names_what_is_well_and_what_is_not(app: Application, host1: ManagedNode, toy: Any) -> None:
    assert [finding.code for finding in app.grid.check_server(host1)] == ["toy-device", "connection"]
    toy.errors["connect"] = [ServerUnavailable("The daemon is down.")]
    finding = app.grid.check_server(host1)[-1]
    assert (finding.severity, finding.message) == (Severity.ERROR, "The daemon is down.")


def test_a_check_of_a_server_that_cannot_be_reached_says_so_once(
    app: Application, host1: ManagedNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reach(_proxy: LocalProxy) -> None:
        raise ServerUnavailable("There is no way to host1.", remedy="Look at its network.")

    monkeypatch.setattr(LocalProxy, "reach", reach)
    assert app.grid.check_server(host1) == [
        Finding("connection", "Connection", Severity.ERROR, "There is no way to host1.", "Look at its network.")
    ]


def test_a_check_looks_where_the_pool_has_its_disks(
    app: Application, host1: ManagedNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = app.grid.set_pool_variables(app.grid.add_pool("lab"), {"VM_DISKS_DIR": "/srv/vms"})
    asked: list[Any] = []

    def findings(*_: object, options: object, **__: object) -> list[Finding]:
        asked.append(options)
        return []

    monkeypatch.setattr(type(app.plugins), "findings", findings)
    app.grid.check_server(app.grid.move_server(host1, pool))
    assert asked[0]["VM_DISKS_DIR"] == "/srv/vms"
