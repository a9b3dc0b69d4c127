"""What became of a plugin is kept for `plugin list`, for exactly its version."""

from __future__ import annotations

import json
import logging

import pytest
from labs.faulty_plugins import platform_source

from convirt_core.errors import PluginError
from convirt_core.plugins import FailureLog


def status(plugins, name="toy"):
    (found,) = (each for each in plugins.list() if each.name == name)
    return found


@pytest.fixture
def failed(site, open_plugins):
    """A platform that has failed on import, seen by an application that is closed again."""
    site.platform("toy", before="raise RuntimeError('out of order')")
    plugins = open_plugins()
    with pytest.raises(PluginError):
        plugins.platform("toy")
    plugins.close()


@pytest.mark.usefixtures("failed")
def test_a_failure_is_known_to_the_next_application(open_plugins):
    known = status(open_plugins())
    assert (known.state, known.reason) == ("failed", "raised RuntimeError on import: out of order")
    assert known.checked_at > 0


@pytest.mark.usefixtures("failed")
def test_another_version_begins_with_a_clean_record(site, open_plugins):
    site.forget()
    for info in site.folder.glob("*.dist-info"):
        info.rename(site.folder / "convirt_toy-1.1.dist-info")
        metadata = site.folder / "convirt_toy-1.1.dist-info" / "METADATA"
        metadata.write_text(metadata.read_text().replace("Version: 1.0", "Version: 1.1"))
    known = status(open_plugins())
    assert (known.version, known.state, known.reason) == ("1.1", "unchecked", "")


@pytest.mark.usefixtures("failed")
def test_a_plugin_that_loads_again_has_no_failure_any_more(site, open_plugins):
    site.rewrite("platform", "toy", platform_source("TOY"))
    plugins = open_plugins()
    plugins.platform("toy")
    assert status(plugins).state == "unchecked"


def test_a_failure_is_logged_once_not_at_each_call(site, open_plugins, caplog):
    source = platform_source("TOY").replace("return Platform", "raise OSError #")
    site.install("convirt-toy", {"platforms:toy": "toy_plugin:Toy"}, {"toy_plugin": source})
    plugins = open_plugins()
    for _ in range(3):
        with pytest.raises(PluginError):
            plugins.platform("toy")
    assert [record.levelno for record in caplog.records if "convirt-toy" in record.message] == [logging.WARNING]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"platforms:toy of convirt-toy": 3}', b"[" * 100_000])
@pytest.mark.usefixtures("failed")
def test_a_damaged_file_is_as_good_as_none(open_plugins, data_folder, content):
    (data_folder / "results.json").write_bytes(content)
    plugins = open_plugins()
    assert status(plugins).state == "unchecked"
    with pytest.raises(PluginError):
        plugins.platform("toy")


def test_a_file_that_cannot_be_written_stops_nothing(site, open_plugins, tmp_path):
    (tmp_path / "blocked").write_text("a file where a folder should be")
    site.platform("toy", before="1 / 0")
    plugins = open_plugins(failures=FailureLog(tmp_path / "blocked" / "results.json"))
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        plugins.platform("toy")


@pytest.mark.usefixtures("failed")
def test_writing_leaves_one_whole_file_behind(data_folder):
    assert [path.name for path in data_folder.iterdir()] == ["results.json"]
    assert list(json.loads((data_folder / "results.json").read_text())) == ["platforms:toy of convirt-toy"]
