"""Files of xl's written by libvirt, and what ConVirt keeps of those that are there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from attrs import frozen
from labs.cli_here import ConvirtHere
from labs.xen.managed import LONG, ManagedXen

from convirt_core.config import ConfigDocument
from convirt_core.errors import ConvirtError
from convirt_core.platforms import SECRET_KEYS
from convirt_xen.config import XenConfig
from convirt_xen.native import xl_of, xml_of
from convirt_xen.xl_values import plain_values

if TYPE_CHECKING:
    from convirt_core.services.listed import ListedVM
    from convirt_libvirt.connection import Connection

pytestmark = [pytest.mark.root, pytest.mark.guest]

FILES = sorted((Path(__file__).parents[2] / "data" / "xl").glob("*.cfg"))
NOT_CONVERTED = {
    *("02-pv-kernel.cfg", "36-empty.cfg", "37-only-comments.cfg"),  # without a name
    *("09-disks-deprecated.cfg", "10-vif-every-key.cfg", "13-pci.cfg", "14-cpus-list.cfg"),
    *("28-hvm-features.cfg", "29-devices.cfg"),  # keys written in a way that libvirt does not read
    *("12-graphics.cfg", "26-numbers.cfg", "27-python-values.cfg"),  # both quotes in one string; Python's values
    "33-template.cfg",  # $AUTOGEN_MAC is no address
}
LOST = {
    *("bootloader_args", "cap", "cpu_weight", "device_model", "device_model_version", "driver_domain", "firmware"),
    *("device_model_args_hvm", "device_model_stubdomain_override", "device_tree", "escaped", "gic_version"),
    *("max_maptrack_frames", "nomigrate", "on_soft_reset", "on_watchdog", "passthrough", "pool", "pvshim"),
    *("seclabel", "shadow_memory", "stdvga", "sve", "title", "vdispl", "virtio", "vkb", "vmtrace_buf_kb"),
    *("vncpasswd", "vuart", "xen_9pfs", "xend_suspend_evtchn_compat"),
}
"""Keys that libvirt (9.0) does not write. What ConVirt edits in place keeps them."""
SAID_OTHERWISE = {"vfb", "cpus", "pae"}
"""The first two say the same in another order; a `pae` of 0 becomes 1."""
END = "preserve"
"""The `on_crash` that each is given."""


@frozen
class Converted:
    """A file, what libvirt made of it and back, and the same with another `on_crash` edited into it."""

    values: Mapping[str, object]
    written: Mapping[str, object]
    text: str
    edited: str


def convert(connection: Connection, path: Path) -> Converted | ConvirtError:
    document = ConfigDocument.read(path)
    try:
        xml = xml_of(connection, document.text, path.name)
        written = ConfigDocument.parse(xl_of(connection, xml))
    except ConvirtError as error:
        return error
    config = XenConfig(xml)
    config["on_crash"] = END
    return Converted(dict(document), dict(written), document.text, xl_of(connection, config.text, document.text))


@pytest.fixture(scope="module")
def converted(xen: ManagedXen) -> dict[str, Converted | ConvirtError]:
    """Each file by its name; why, for those that libvirt cannot convert."""
    server = xen.app.servers.of(xen.server)
    return {
        path.name: server.call(lambda vnode, _, path=path: convert(vnode.connection, path), deadline_seconds=LONG)
        for path in FILES
    }


def test_libvirt_converts_these_files_and_no_others(converted: Mapping[str, Converted | ConvirtError]) -> None:
    assert {name for name, found in converted.items() if isinstance(found, ConvirtError)} == NOT_CONVERTED


def said(values: Mapping[str, object]) -> dict[str, object]:
    """Values as they can be compared: disks, cards and command line in ConVirt's words, numbers as texts."""
    plain = plain_values({name: value for name, value in values.items() if name not in LOST | SAID_OTHERWISE})
    if "root" in plain:
        plain["extra"] = f"root={plain.pop('root')} {plain['extra']}"
    if plain.get("type") == "hvm":
        plain["builder"] = plain.pop("type")
    plain["disk"] = sorted(map(str, plain.get("disk", [])))
    plain["vif"] = [set(card.split(",")) - {"", "mac=00:00:00:00:00:00"} for card in plain.get("vif", [])]
    return {name: value if isinstance(value, list) else str(value) for name, value in plain.items()}


@pytest.mark.parametrize("name", [path.name for path in FILES if path.name not in NOT_CONVERTED])
class TestEachFile:
    """Each that libvirt converts."""

    def test_says_the_same_when_it_is_written_again_but_for_what_is_known_to_be_lost(
        self, converted: Mapping[str, Converted], name: str
    ) -> None:
        before, after = said(converted[name].values), said(converted[name].written)

        assert {key: after.get(key) for key in before} == before
        assert LOST & converted[name].written.keys() == set()

    def test_keeps_every_comment_and_all_that_libvirt_does_not_know_but_passwords_when_it_is_edited(
        self, converted: Mapping[str, Converted], name: str
    ) -> None:
        text, edited = converted[name].text, converted[name].edited
        now = ConfigDocument.parse(edited)
        unknown = LOST & converted[name].values.keys() - set(SECRET_KEYS)

        assert now["on_crash"] == END
        assert not now.keys() & set(SECRET_KEYS)
        assert {key: now.get(key) for key in unknown} == {key: converted[name].values[key] for key in unknown}
        assert [line for line in text.splitlines() if line.lstrip().startswith("#") and line not in edited] == []


def test_xl_starts_what_is_exported_and_a_file_that_was_there_keeps_its_comments(
    xen: ManagedXen, define: Callable[..., ListedVM], convirt: ConvirtHere, tmp_path: Path
) -> None:
    vm = define("exported")
    like = tmp_path / "like.cfg"
    like.write_text("# the web server\ncpu_weight = 512\n" + convirt.done("vm", "export", vm.name), encoding="utf-8")

    exported = convirt.json("vm", "export", vm.name, "--like", str(like))["text"]
    assert exported == like.read_text(encoding="utf-8")
    xen.lab.run("sh", "-c", "cat > /tmp/exported.cfg && xl create -p /tmp/exported.cfg", says=exported)
    assert xen.lab.xl_domain(vm.name)
    xen.lab.run("xl", "destroy", vm.name)
