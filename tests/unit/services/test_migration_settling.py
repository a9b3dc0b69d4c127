"""A migration that was cut off comes to its end, also when a server has left the inventory since."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from convirt_core.app import Application
from convirt_core.errors import NotFound, OperationFailed
from convirt_core.model import ManagedNode, Remain, VMState
from convirt_core.services.migration.journey import Journey
from convirt_core.services.tasks import TaskHandle


@pytest.fixture
def journey(host1: ManagedNode, host2: ManagedNode, add_vm) -> Journey:
    """A live migration whose VM has been stopped at the source for its last step."""
    key = add_vm("web1", state=VMState.PAUSED)
    return Journey(key, "web1", host1.id, host2.id, live=True, was_running=True, autostart=True)


@pytest.fixture
def cut_off(app: Application):
    """Fail in the midst of a migration, which is settled then; return what stays in its journal."""

    def cut_off(journey: Journey) -> tuple[Remain, ...]:
        def work(handle: TaskHandle) -> str:
            handle.remember(journey.as_remain())
            raise OperationFailed("no")

        with pytest.raises(OperationFailed):
            app.tasks.run("Migrate web1", "migrate", work)
        return app.tasks.list()[0].remains

    return cut_off


def test_without_the_destination_a_paused_vm_is_left_to_a_person_for_it_may_run_there(
    app, world, host2, journey: Journey, cut_off, caplog: pytest.LogCaptureFixture
):
    app.grid.remove_server(host2, force=True)
    assert cut_off(journey) == ()
    assert world["host1"].machines[journey.key].state is VMState.PAUSED
    assert "convirt vm resume web1" in caplog.text


def test_without_the_destination_a_vm_that_somebody_paused_stays_paused(app, world, host2, journey: Journey, cut_off):
    app.grid.remove_server(host2, force=True)
    assert cut_off(evolve(journey, was_running=False)) == ()
    assert world["host1"].machines[journey.key].state is VMState.PAUSED


def test_without_the_destination_the_disks_of_a_vm_that_has_gone_stay(
    app, world, host2, journey: Journey, cut_off, tmp_path: Path
):
    del world["host1"].machines[journey.key]
    disk = tmp_path / "disk"
    disk.touch()
    app.grid.remove_server(host2, force=True)
    assert cut_off(evolve(journey, left=(str(disk),))) == ()
    assert disk.exists()


def test_without_the_destination_one_that_libvirt_still_moves_is_looked_at_later(
    app, world, host2, journey: Journey, cut_off, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("convirt_core.services.tasks.tasks.PATIENCE_SECONDS", 0.0)
    world["host1"].on_their_way = {journey.key}
    app.grid.remove_server(host2, force=True)
    assert cut_off(journey) == (journey.as_remain(),)


def test_without_the_source_what_was_made_for_a_vm_that_did_not_come_goes(
    app, host1, journey: Journey, cut_off, tmp_path: Path
):
    disk = tmp_path / "disk"
    disk.touch()
    app.grid.remove_server(host1, force=True)
    assert cut_off(evolve(journey, made=(str(disk),))) == ()
    assert not disk.exists()


def test_without_the_source_a_vm_that_has_come_keeps_its_disks_and_starts_with_its_server(
    app, world, host1, journey: Journey, cut_off, tmp_path: Path
):
    world["host2"].machines[journey.key] = world["host1"].machines[journey.key]
    disk = tmp_path / "disk"
    disk.touch()
    app.grid.remove_server(host1, force=True)
    assert cut_off(evolve(journey, made=(str(disk),))) == ()
    assert disk.exists()
    assert world["host2"].machines[journey.key].autostart


def test_a_journal_stays_while_something_is_missing_that_settling_needs(app, world, journey: Journey, cut_off):
    world["host1"].errors["resume"] = [NotFound("There is no command resume.")]
    assert cut_off(journey) == (journey.as_remain(),)
