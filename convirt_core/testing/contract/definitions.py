"""Definitions as a map, without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from convirt_core.errors import InvalidInput
from convirt_core.hookspecs import VMConfigSpec
from convirt_core.model import Finding
from convirt_core.platforms import SECRET_KEYS, STANDARD_KEYS, ConfigSource

if TYPE_CHECKING:
    from convirt_core.platforms import VMConfig
    from convirt_core.testing.workbench import Workbench

SAMPLES: dict[str, object] = {
    "memory": 192,
    "maxmem": 256,
    "vcpus": 1,
    "maxvcpus": 2,
    "kernel": "/srv/kit/vmlinuz",
    "ramdisk": "/srv/kit/initrd",
    "extra": "console=kit quiet",
    "description": "Gäste, “quoted” & <marked>",
    "on_reboot": "destroy",
}
"""A value for each standard key that stands alone; a limit before what it limits would be refused."""

_ORDER = sorted(SAMPLES, key=lambda key: not key.startswith("max"))


class Definitions:
    """The map, the text beneath it, and what neither may lose."""

    @pytest.mark.parametrize("key", _ORDER)
    def test_a_standard_key_is_read_as_it_was_set(self, bench: Workbench, key: str) -> None:
        config = bench.config(maxmem=256, maxvcpus=2)
        config[key] = SAMPLES[key]
        assert config[key] == SAMPLES[key]

    def test_a_definition_has_the_values_that_it_was_made_of(self, bench: Workbench) -> None:
        given = {key: value for key, value in bench.lab.values("kit-made").items() if key in STANDARD_KEYS}
        config = bench.config("kit-made")
        assert {key: config.get(key) for key in given} == given
        assert config.name == "kit-made"

    def test_a_missing_key_is_missing_as_in_any_map(self, bench: Workbench) -> None:
        config = bench.config()
        config["description"] = "soon gone"
        del config["description"]
        assert "description" not in config
        with pytest.raises(KeyError):
            config["description"]

    def test_an_unknown_key_is_refused(self, bench: Workbench) -> None:
        with pytest.raises(InvalidInput, match="no_such_key"):
            bench.config()["no_such_key"] = 1

    @pytest.mark.parametrize(("key", "value"), [("memory", -5), ("memory", "much"), ("vcpus", 0)])
    def test_a_value_that_cannot_be_is_refused(self, bench: Workbench, key: str, value: object) -> None:
        config = bench.config()
        before = config.text
        with pytest.raises(InvalidInput):
            config[key] = value
        assert config.text == before

    def test_the_text_makes_the_same_definition(self, bench: Workbench) -> None:
        config = bench.config()
        again = from_text(bench, config.text)
        assert dict(again) == dict(config)

    def test_what_is_exported_describes_the_same_vm(self, bench: Workbench) -> None:
        vm = bench.define("export")
        stored = bench.stored(vm)
        again = from_text(bench, bench.app.vms.export(vm.ref))
        assert {key: again.get(key) for key in SAME} == {key: stored.get(key) for key in SAME}

    def test_what_is_exported_has_no_secret(self, bench: Workbench) -> None:
        vm = bench.define("secret", vnc=1, vncpasswd="hush-kit")
        assert "hush-kit" not in bench.app.vms.export(vm.ref)

    def test_what_the_platform_does_not_know_survives_a_change(self, bench: Workbench) -> None:
        stranger = bench.lab.with_stranger(bench.config().text)
        if stranger is None:
            pytest.skip("the lab has nothing that the platform does not know: write Lab.with_stranger")
        text, mark = stranger
        config = from_text(bench, text)
        config["memory"] = 160
        assert mark in config.text
        assert config["memory"] == 160

    def test_a_copy_has_an_identity_of_its_own(self, bench: Workbench) -> None:
        config = bench.config("kit-first")
        copy = config.renewed("kit-second")
        assert (config.name, copy.name) == ("kit-first", "kit-second")
        assert copy.key != config.key
        assert not {nic.mac for nic in copy.nics()} & {nic.mac for nic in config.nics()} - {""}

    def test_a_secret_is_shown_nowhere(self, bench: Workbench) -> None:
        config = bench.config(vnc=1)
        config[SECRET_KEYS[0]] = "hush-kit"
        shown = f"{config.public_values()} {config!r} {config.validate()}"
        assert "hush-kit" not in shown

    def test_checking_a_definition_needs_no_server(self, bench: Workbench) -> None:
        assert all(isinstance(finding, Finding) for finding in bench.config().validate())

    def test_a_definition_without_a_name_is_refused(self, bench: Workbench) -> None:
        values = {key: value for key, value in bench.lab.values("kit").items() if key != "name"}
        with pytest.raises(InvalidInput):
            bench.app.lifecycle.define(bench.node, values=values)


SAME = ("name", "memory", "vcpus", "kernel", "ramdisk")
"""What every platform's own files say of a VM."""


def from_text(bench: Workbench, text: str) -> VMConfig:
    """Return the definition of a text."""
    source = ConfigSource("native", text=text, options=bench.node.options, origin="kit")
    return bench.app.plugins.call(bench.node.platform, VMConfigSpec.convirt_create_vm_config, source=source)
