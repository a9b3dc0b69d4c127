"""A plugin whose metadata asks for what is not there is named, and not imported."""

from __future__ import annotations

import pytest

from convirt_core.errors import PluginError


@pytest.mark.parametrize(
    ("requirement", "reason"),
    [
        ("convirt-core>=9", "needs convirt-core>=9, but 0."),
        ("Convirt_Core<0.0.1", "needs Convirt_Core<0.0.1, but 0."),
        ("convirt-nowhere>=1", "needs convirt-nowhere>=1, which is not installed"),
        ("convirt core", "states a requirement that cannot be read: 'convirt core'"),
    ],
)
def test_what_is_needed_and_not_there_keeps_a_plugin_out(site, open_plugins, requirement, reason):
    site.platform("toy", requires=[requirement])
    plugins = open_plugins()
    (status,) = (each for each in plugins.list() if each.name == "toy")
    assert status.state == "incompatible"
    assert status.reason.startswith(reason)
    with pytest.raises(PluginError, match=r"platforms:toy \(convirt-toy 1.0\)"):
        plugins.platform("toy")
    assert site.module("platform", "toy") is None


@pytest.mark.parametrize(
    "requirement",
    [
        "convirt-core>=0.1.dev0,<1",
        "convirt-nowhere; python_version < '3'",
        "convirt-nowhere; extra == 'speed'",
        "pluggy<0.1",  # another version of a dependency: the distributor's choice
    ],
)
def test_what_does_not_apply_keeps_no_plugin_out(site, open_plugins, requirement):
    site.platform("toy", requires=[requirement])
    assert open_plugins().platform("toy").display_name == "TOY"


def test_every_unmet_need_is_named(site, open_plugins):
    site.platform("toy", requires=["convirt-core>=9", "convirt-nowhere"])
    (status,) = (each for each in open_plugins().list() if each.name == "toy")
    assert "convirt-core>=9" in status.reason
    assert "convirt-nowhere, which is not installed" in status.reason
