"""The application: opened, used, closed, and never mixed with another."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from convirt_core.app import Application
from convirt_core.errors import ConvirtError, Refused, StoreError
from convirt_core.model import Capability
from convirt_core.settings import Settings


@pytest.fixture
def settings_in(tmp_path: Path) -> Callable[[str], Settings]:
    def settings_in(name: str) -> Settings:
        folder = tmp_path / name
        return Settings.load({"CONVIRT_CONFIG": str(folder / "config.toml"), "CONVIRT_DATA": str(folder)})

    return settings_in


def test_opening_costs_no_file_and_no_plugin(settings_in: Callable[[str], Settings], tmp_path: Path) -> None:
    with Application.open(settings_in("a")):
        assert list(tmp_path.iterdir()) == []


def test_plugins_are_listed_while_the_store_cannot_be_opened(
    settings_in: Callable[[str], Settings], tmp_path: Path
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "inventory.sqlite").write_bytes(b"not a database, but long enough to look like one" * 100)
    with Application.open(settings_in("a")) as app:
        assert "test" in app.plugins.platforms()
        with pytest.raises(StoreError):
            app.recover()


def test_closing_twice_is_no_error(settings_in: Callable[[str], Settings]) -> None:
    app = Application.open(settings_in("a"))
    app.grid.add_pool("lab")
    app.close()
    app.close()


def test_a_closed_application_says_so(settings_in: Callable[[str], Settings]) -> None:
    app = Application.open(settings_in("a"))
    app.close()
    with pytest.raises(Refused, match="closed"):
        app.grid.pools()


def test_a_part_is_made_once(settings_in: Callable[[str], Settings]) -> None:
    with Application.open(settings_in("a")) as app:
        assert all(getattr(app, name) is getattr(app, name) for name in ("vms", "grid", "lifecycle", "metrics"))


def test_parts_that_know_each_other_can_all_be_made(settings_in: Callable[[str], Settings]) -> None:
    with Application.open(settings_in("a")) as app:
        assert app.images.images() == []
        assert app.provisioning is not None


def test_two_applications_in_two_threads_never_see_each_others_rows(settings_in: Callable[[str], Settings]) -> None:
    """Each works on the VM `test` of libvirt's test driver, and on an inventory of its own."""
    together = threading.Barrier(2)
    seen: dict[str, object] = {}

    def work(name: str) -> None:
        with Application.open(settings_in(name)) as app:
            together.wait(10)
            for number in range(20):
                app.grid.add_pool(f"{name}-{number}")
            server = app.grid.add_server(f"{name}-host", platform="test")
            app.vms.import_vm(app.vms.find("test").ref)
            together.wait(10)
            pools = {pool.name.split("-")[0] for pool in app.grid.pools()}
            records = {record.ref.server == server.id for record in app.store.vms.all()}
            seen[name] = (pools, [each.name for each in app.grid.servers()], records, app.tasks.list())

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == {name: ({name}, [f"{name}-host"], {True}, []) for name in ("a", "b")}


def test_a_vm_of_the_test_driver_goes_through_its_life(settings_in: Callable[[str], Settings]) -> None:
    with Application.open(settings_in("a")) as app:
        app.grid.add_server("here", platform="test")
        vm = app.vms.find("here/test")
        for capability in (Capability.PAUSE, Capability.RESUME, Capability.REBOOT, Capability.SHUTDOWN):
            app.lifecycle.run(capability, vm)
        app.lifecycle.run(Capability.START, vm)
        assert app.vms.find("test").vm.state == "running"


LIST = """
import sys
from convirt_core.app import Application
from convirt_core.settings import Settings
import os
with Application.open(Settings.load(os.environ)) as app:
    app.recover()
    [answer] = app.vms.list()
    assert [vm.name for vm in answer.vms] == ["test"], answer
unwanted = ("paramiko", "keyring", "rich", "tomlkit", "lxml", "subprocess", "packaging", "concurrent", "click")
print(*(name for name in unwanted if name in sys.modules))
"""


def test_listing_vms_imports_only_what_it_needs(settings_in: Callable[[str], Settings]) -> None:
    settings = settings_in("a")
    with Application.open(settings) as app:
        app.grid.add_server("here", platform="test")
        assert app.plugins.list()
    environment = {**os.environ, "CONVIRT_CONFIG": str(settings.config_file), "CONVIRT_DATA": str(settings.data_folder)}
    command = [sys.executable, "-P", "-c", LIST]  # what was found is not remembered while a folder is being written
    first, second = (
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True) for _ in range(2)
    )
    assert first.stderr == ""
    assert second.stdout == "\n"


def test_an_unknown_server_is_one_sentence(settings_in: Callable[[str], Settings]) -> None:
    with Application.open(settings_in("a")) as app, pytest.raises(ConvirtError, match="nosuch"):
        app.grid.find_server("nosuch")
