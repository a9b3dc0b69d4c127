"""Plugins are switched off by id or by distribution; a name that two claim belongs to neither."""

from __future__ import annotations

import pytest
from labs.faulty_plugins import platform_source

from convirt_core.errors import PluginError
from convirt_core.hookspecs import VMMSpec
from convirt_core.plugins import normal_id


@pytest.fixture
def twins(site):
    for letter in "ab":
        source = platform_source(f"Twin {letter}")
        site.install(f"convirt-twin-{letter}", {"platforms:twin": f"twin_{letter}:Toy"}, {f"twin_{letter}": source})


def states(plugins, name):
    return {status.distribution: status.state for status in plugins.list() if status.name == name}


@pytest.mark.parametrize("switch", ["platforms:toy", "dist:convirt-toy", "dist:Convirt_Toy", " dist:convirt.toy "])
def test_a_plugin_can_be_switched_off(site, open_plugins, switch):
    site.platform("toy")
    plugins = open_plugins(disabled=[switch])
    assert "toy" not in plugins.platforms()
    assert states(plugins, "toy") == {"convirt-toy": "disabled"}
    with pytest.raises(PluginError, match="is disabled") as caught:
        plugins.platform("toy")
    assert "convirt plugin enable platforms:toy" in caught.value.remedy


def test_a_switched_off_extension_is_not_asked(site, open_plugins, start_request):
    site.platform("toy")
    site.checker("grim", "1 / 0")
    plugins = open_plugins(disabled=["extensions:grim"])
    assert plugins.findings("toy", VMMSpec.convirt_before_operation, operation=start_request) == []


@pytest.mark.usefixtures("twins")
def test_of_two_that_claim_one_name_neither_is_used(open_plugins):
    plugins = open_plugins()
    assert states(plugins, "twin") == {"convirt-twin-a": "conflict", "convirt-twin-b": "conflict"}
    assert "twin" not in plugins.platforms()
    with pytest.raises(PluginError) as caught:
        plugins.platform("twin")
    assert "convirt-twin-a 1.0" in caught.value.message
    assert "convirt-twin-b 1.0" in caught.value.message


@pytest.mark.usefixtures("twins")
def test_with_one_of_two_switched_off_the_other_works(open_plugins):
    plugins = open_plugins(disabled=["dist:convirt-twin-a"])
    assert plugins.platform("twin").display_name == "Twin b"
    assert states(plugins, "twin") == {"convirt-twin-a": "disabled", "convirt-twin-b": "unchecked"}


def test_ids_are_compared_as_package_indexes_compare_names():
    assert normal_id("dist:Convirt__Foo.Bar") == "dist:convirt-foo-bar"
    assert normal_id("platforms:KVM") == "platforms:KVM"
