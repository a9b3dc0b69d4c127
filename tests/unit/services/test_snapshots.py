"""Snapshots of a VM, and what is said of it when going back to one fails."""

from typing import Any

import pytest

from convirt_core.app import Application
from convirt_core.errors import AlreadyExists, OperationFailed, ServerUnavailable
from convirt_core.services.listed import ListedVM


def test_a_snapshot_is_created_once(app: Application, vm: ListedVM) -> None:
    app.lifecycle.create_snapshot(vm, "clean", "before the upgrade")
    assert [each.description for each in app.lifecycle.snapshots(vm)] == ["before the upgrade"]
    with pytest.raises(AlreadyExists, match="snapshot clean already"):
        app.lifecycle.create_snapshot(vm, "clean")


def test_a_revert_that_fails_says_in_which_state_the_vm_is_left(app: Application, running: ListedVM, toy: Any) -> None:
    app.lifecycle.create_snapshot(running, "clean")
    toy.dies_at_once = True
    with pytest.raises(OperationFailed, match="web1 was running and is stopped now") as caught:
        app.lifecycle.revert_to_snapshot(running, "clean")
    assert "convirt vm start web1" in caught.value.remedy


def test_a_revert_that_fails_and_changes_nothing_says_so(app: Application, running: ListedVM, toy: Any) -> None:
    toy.errors["revert"] = [OperationFailed("It cannot be read.", remedy="Buy a disk.")]
    with pytest.raises(OperationFailed, match=r"cannot be read\. web1 is running as before") as caught:
        app.lifecycle.revert_to_snapshot(running, "clean")
    assert caught.value.remedy == "Buy a disk."


def test_a_revert_that_fails_on_a_server_that_falls_silent_says_that_nothing_is_known(
    app: Application, running: ListedVM, toy: Any
) -> None:
    toy.errors["revert"] = [OperationFailed("It cannot be read.")]
    failure = toy.enter

    def silent(name: str) -> None:
        if name == "vm" and "revert" in toy.asked:
            raise ServerUnavailable("host1 is on fire.")
        failure(name)

    toy.enter = silent
    with pytest.raises(OperationFailed, match="what it is now is not known: host1 is on fire"):
        app.lifecycle.revert_to_snapshot(running, "clean")
