"""What is installed is read from metadata; nothing is imported."""

from __future__ import annotations

import sys

import pytest
from labs.faulty_plugins import install

from convirt_core.errors import NotFound


def ours(plugins, *names):
    return {status.name: status for status in plugins.list() if status.name in names}


def test_a_plugin_is_listed_with_its_distribution_and_version(site, open_plugins):
    site.platform("toy", version="3.1")
    status = ours(open_plugins(), "toy")["toy"]
    assert (status.id, status.group) == ("platforms:toy", "convirt.platforms")
    assert (status.distribution, status.version, status.state) == ("convirt-toy", "3.1", "unchecked")


def test_listing_imports_no_plugin(site, open_plugins):
    site.platform("toy")
    plugins = open_plugins()
    plugins.list()
    plugins.platforms()
    assert site.module("platform", "toy") is None


def test_plugins_of_all_four_groups_are_found(site, open_plugins):
    groups = ("platforms", "extensions", "frontends", "commands")
    site.install("convirt-all", {f"{group}:every": "every:Thing" for group in groups}, {"every": "Thing = int"})
    found = [status.group for status in open_plugins().list() if status.name == "every"]
    assert found == [f"convirt.{group}" for group in groups]


def test_other_groups_are_none_of_ours(site, open_plugins):
    site.install("convirt-other", {"gadgets:other": "other:Other"}, {"other": ""})
    assert ours(open_plugins(), "other") == {}


def test_the_first_of_two_copies_on_the_path_counts(site, open_plugins, tmp_path, monkeypatch):
    site.platform("toy", version="2.0")
    behind = tmp_path / "behind"
    behind.mkdir()
    install(behind, "convirt-toy", version="1.0", entry_points={"platforms:toy": "old:Toy"}, modules={})
    monkeypatch.setattr(sys, "path", [*sys.path, str(behind)])
    plugins = open_plugins()
    assert [status.version for status in plugins.list() if status.name == "toy"] == ["2.0"]
    assert plugins.platform("toy").display_name == "TOY"


@pytest.mark.parametrize("damage", [b"\xff\xfe[convirt.platforms]\n", b"[convirt.platforms]\nno equals sign\n"])
def test_damaged_metadata_of_one_distribution_hides_no_other(site, open_plugins, damage):
    site.platform("toy")
    info = site.install("convirt-damaged", {}, {})
    (info / "entry_points.txt").write_bytes(damage)
    assert "toy" in open_plugins().platforms()


def test_a_distribution_without_name_and_version_is_listed_and_not_used(site, open_plugins):
    site.platform("toy")
    (next(site.folder.glob("*.dist-info")) / "METADATA").unlink()
    plugins = open_plugins()
    status = ours(plugins, "toy")["toy"]
    assert (status.state, status.reason) == ("incompatible", "has metadata without a name or version")
    assert "toy" not in plugins.platforms()


@pytest.mark.parametrize("target", ["toy", "toy.Toy", "not a path!:Toy"])
def test_an_entry_point_that_names_no_class_is_a_clear_finding(site, open_plugins, target):
    site.install("convirt-toy", {"platforms:toy": target}, {"toy": ""})
    status = ours(open_plugins(), "toy")["toy"]
    assert status.state == "incompatible"
    assert repr(target) in status.reason


def test_a_name_that_could_leave_its_folder_is_refused(site, open_plugins):
    site.install("convirt-toy", {"platforms:../toy": "toy:Toy"}, {"toy": ""})
    assert ours(open_plugins(), "../toy")["../toy"].state == "incompatible"


def test_an_unknown_platform_is_not_found_and_the_remedy_names_what_is_there(site, open_plugins):
    site.platform("toy")
    with pytest.raises(NotFound, match="No platform 'vmware' is installed") as caught:
        open_plugins().platform("vmware")
    assert "toy" in caught.value.remedy
    assert "pip install convirt-vmware" in caught.value.remedy
