"""What discovery found is remembered until something is installed or removed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from convirt_core.plugins.candidates import Candidate
from convirt_core.plugins.remembered import RememberedDiscovery

TOY = Candidate("convirt.platforms", "toy", "toy", "Toy", "convirt-toy", "1.0")


@pytest.fixture(autouse=True)
def settled_path(site, monkeypatch):
    """A `sys.path` with one distribution, which was installed an hour ago."""
    monkeypatch.setattr(sys, "path", [str(site.folder)])
    site.platform("old")
    age(site, 3600)


def age(site, seconds):
    then = time.time() - seconds
    for file in site.folder.glob("*.dist-info/entry_points.txt"):
        os.utime(file, (then, then))


@pytest.fixture
def search(data_folder):
    """Discovery that counts how often it has really searched."""

    class Search:
        count = 0

        def __init__(self):
            self.found = [TOY]

        def find(self):
            self.count += 1
            return self.found

        def __call__(self):
            return RememberedDiscovery(data_folder / "found.json", self.find)()

    return Search()


def test_a_second_application_does_not_search(search):
    assert search() == search() == [TOY]
    assert search.count == 1


def test_an_installation_is_noticed(search, site):
    search()
    site.platform("new")
    search.found = [TOY, TOY]
    assert search() == [TOY, TOY]


def test_environments_that_share_the_file_have_an_answer_each(search, monkeypatch):
    for path in ([*sys.path, "/nonexistent"], list(sys.path)) * 3:
        monkeypatch.setattr(sys, "path", path)
        search()
    assert search.count == 2


def test_the_file_does_not_grow_with_every_path_ever_seen(search, monkeypatch, data_folder):
    for number in range(20):
        monkeypatch.setattr(sys, "path", [*sys.path[:1], f"/nonexistent/{number}"])
        search()
    assert len(json.loads((data_folder / "found.json").read_text())) == 4


def test_an_uninstallation_is_noticed(search, site):
    search()
    shutil.rmtree(next(site.folder.glob("*.dist-info")))
    search()
    assert search.count == 2


def test_changed_entry_points_are_noticed(search, site):
    search()
    age(site, 1800)
    search()
    assert search.count == 2


def test_other_changes_on_the_path_do_not_matter(search, site):
    search()
    (site.folder / "notes.txt").write_text("A note.")
    search()
    assert search.count == 1


def test_what_was_found_while_something_was_installed_is_not_remembered(search, site):
    age(site, 0)
    search()
    search()
    assert search.count == 2


@pytest.mark.parametrize("content", [b"{", b"{}", b"[]"])
def test_a_damaged_memory_is_searched_anew(search, data_folder, content):
    search()
    (data_folder / "found.json").write_bytes(content)
    assert search() == [TOY]
    assert search.count == 2


def test_a_memory_of_another_shape_is_searched_anew(search, data_folder):
    search()
    file = data_folder / "found.json"
    file.write_text(file.read_text().replace('"module"', '"modul"'))
    assert search() == [TOY]
    assert search.count == 2


def test_a_remembered_platform_is_used_without_importing_the_libraries_that_search(site, data_folder):
    site.platform("toy")
    age(site, 3600)
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from convirt_core.plugins import Plugins\n"
        f"plugins = Plugins.open(Path({str(data_folder)!r}), context_for=lambda id: None)\n"
        "assert plugins.platform('toy').display_name == 'TOY'\n"
        "costly = {'importlib_metadata', 'importlib.metadata', 'packaging', 'subprocess', 'email'}\n"
        "print(costly.intersection(sys.modules) or 'none')\n"
    )
    environment = {"PYTHONPATH": str(site.folder)}
    command = [sys.executable, "-P", "-c", script]
    outputs = [
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout for _ in range(2)
    ]
    assert outputs[1] == "none\n"
