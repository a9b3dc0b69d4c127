"""Defining VMs, and replacing a definition as a text."""

import threading
from typing import Any

import pytest
from labs.toy.application import names

from convirt_core.app import Application
from convirt_core.errors import AlreadyExists, Conflict, InvalidInput, OperationFailed, OutcomeUnknown
from convirt_core.model import ManagedNode
from convirt_core.services.lifecycle.asking import ask
from convirt_core.services.listed import ListedVM


def test_a_vm_is_defined_from_values_and_managed(app: Application, host1: ManagedNode) -> None:
    ref = app.lifecycle.define(host1, values={"name": "web1", "memory": 64})
    assert app.vms.find("web1").ref == ref
    assert app.vms.find("web1").managed


def test_a_taken_name_is_refused(app: Application, host1: ManagedNode, vm: ListedVM) -> None:
    with pytest.raises(AlreadyExists, match="There is a VM web1 on host1 already"):
        app.lifecycle.define(host1, values={"name": "web1"})
    assert names(app) == ["web1"]


def test_a_definition_without_a_name_is_refused(app: Application, host1: ManagedNode) -> None:
    with pytest.raises(InvalidInput, match="no name"):
        app.lifecycle.define(host1, values={"memory": 64})


def test_a_definition_that_fails_after_it_was_made_leaves_nothing(
    app: Application, host1: ManagedNode, toy: Any
) -> None:
    toy.errors["defined"] = [OperationFailed("The daemon changed its mind.")]
    with pytest.raises(OperationFailed):
        app.lifecycle.define(host1, values={"name": "web1"})
    assert names(app) == []
    assert app.store.vms.all() == []


def test_a_definition_that_is_still_in_the_making_when_it_is_undone_leaves_nothing(
    app: Application, host1: ManagedNode, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its wait ended, and the hypervisor makes it afterwards."""
    monkeypatch.setattr("convirt_core.services.lifecycle.asking.SETTLE_SECONDS", 0.1)
    monkeypatch.setattr("convirt_core.services.lifecycle.asking._PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(ask, "__kwdefaults__", {"deadline_seconds": 0.1})
    toy.hang["define"] = threading.Event()
    threading.Timer(0.5, toy.hang["define"].set).start()
    with pytest.raises(OutcomeUnknown):
        app.lifecycle.define(host1, values={"name": "web1"})
    assert names(app) == []
    assert "remove" in toy.asked


def test_the_record_of_a_vm_removed_without_us_does_not_block_its_successor(
    app: Application, host1: ManagedNode, vm: ListedVM, toy: Any
) -> None:
    app.vms.set_notes(app.vms.import_vm(vm.ref).ref, "old")
    del toy.machines[vm.ref.key]
    ref = app.lifecycle.define(host1, values={"name": "web1", "uuid": vm.ref.key})
    record = app.vms.record(ref)
    assert record is not None
    assert record.notes == ""


def test_an_edited_text_replaces_the_definition(app: Application, vm: ListedVM, toy: Any) -> None:
    config = app.vms.details(vm.ref).config
    assert config is not None
    edited = config.text.replace('"memory": 64', '"memory": 96')
    assert app.lifecycle.edit_text(vm, edited, config.digest) == "The definition of web1 was replaced."
    assert toy.machine(vm.ref.key).values["memory"] == 96
    with pytest.raises(Conflict):
        app.lifecycle.edit_text(vm, edited, config.digest)


def test_an_edited_text_of_another_vm_is_refused(app: Application, vm: ListedVM) -> None:
    with pytest.raises(InvalidInput, match="of another VM"):
        app.lifecycle.edit_text(vm, '{"name": "web1", "uuid": "another"}', "")
