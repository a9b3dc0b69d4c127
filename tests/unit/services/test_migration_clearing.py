"""What a migration leaves behind goes when nothing uses it, and never makes a failure of a VM that has arrived."""

from __future__ import annotations

from pathlib import Path

import pytest
from labs.toy.disk_images import make_image

from convirt_core.app import Application
from convirt_core.model import Disk, ManagedNode, VMState
from convirt_core.services.migration.clearing import remove_unused
from convirt_core.services.migration.journey import Journey
from convirt_core.services.migration.settling import finish, settle
from convirt_core.services.servers import Server

pytestmark = pytest.mark.usefixtures("toy_images")


@pytest.fixture
def left(tmp_path: Path) -> str:
    """A disk that a migration has left behind."""
    return make_image(tmp_path / "left.qcow2")


@pytest.fixture
def another(world, host1: ManagedNode, add_vm):
    """Give another VM of host1 a disk."""

    def another(path: str, disk_format: str = "qcow2", device: str = "disk") -> None:
        key = add_vm("another")
        world["host1"].machines[key].disks = [Disk("vda", path, device, disk_format)]

    return another


def remove(app: Application, host1: ManagedNode, path: str) -> tuple[str, ...]:
    return remove_unused(app.servers.of(host1), [path])


def test_a_disk_that_nothing_uses_goes_with_the_rest_of_its_upload(app, host1, left: str) -> None:
    part = Path(f"{left}.convirt-part")
    part.touch()
    assert remove(app, host1, left) == ()
    assert not Path(left).exists()
    assert not part.exists()


def test_a_disk_that_another_stands_on_stays(app, host1, another, left: str, tmp_path: Path) -> None:
    middle = Path(make_image(tmp_path / "middle.qcow2", Path(left)))
    another(make_image(tmp_path / "upper.qcow2", middle))
    assert remove(app, host1, left) == ()
    assert Path(left).exists()


def test_a_disk_whose_base_is_missing_holds_nothing_up(app, host1, another, left: str, tmp_path: Path) -> None:
    base = tmp_path / "base.qcow2"
    another(make_image(tmp_path / "upper.qcow2", Path(make_image(base))))
    base.unlink()
    assert remove(app, host1, left) == ()
    assert not Path(left).exists()


@pytest.mark.parametrize(("device", "disk_format"), [("cdrom", "qcow2"), ("disk", "raw")])
def test_a_drive_or_raw_disk_that_cannot_be_read_holds_nothing_up(
    app, host1, another, left: str, device: str, disk_format: str
) -> None:
    another("/dev", disk_format, device)
    assert remove(app, host1, left) == ()
    assert not Path(left).exists()


def test_what_may_be_below_a_disk_that_cannot_be_read_stays_and_is_told(
    app, host1, another, left: str, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.qcow2"
    broken.write_bytes(b"no image")
    another(str(broken))
    assert remove(app, host1, left) == (left,)
    assert Path(left).exists()


@pytest.fixture
def arrived(app: Application, world, host1: ManagedNode, add_vm) -> Journey:
    """A VM that has gone to host2, and leaves a folder where a disk was, which cannot be removed as one."""
    host2 = app.grid.add_server("host2", platform="toy")
    key = add_vm("web1", "host2", VMState.RUNNING)
    return Journey(key, "web1", host1.id, host2.id, live=True, was_running=True, autostart=False, left=("/proc/self",))


def servers_of(app: Application, journey: Journey) -> tuple[Server, Server]:
    return app.servers.get(journey.source), app.servers.get(journey.destination)


def test_a_vm_that_has_arrived_is_told_with_what_stays(app: Application, arrived: Journey) -> None:
    assert finish(app.store, *servers_of(app, arrived), arrived, seconds=0.0) == ("/proc/self",)


def test_what_cannot_be_removed_does_not_hold_up_settling_for_ever(app: Application, arrived: Journey) -> None:
    settle(app.store, *servers_of(app, arrived), arrived, seconds=0.0)
