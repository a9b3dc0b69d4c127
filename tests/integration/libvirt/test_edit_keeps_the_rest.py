"""What libvirt itself says of a definition before and after an edit: only the elements concerned differ."""

from collections.abc import Callable, Iterator
from pathlib import Path

import libvirt
import pytest
from lxml import etree

from convirt_libvirt.domain import LibvirtConfig

pytestmark = pytest.mark.root
RICH = Path(__file__).parents[2] / "data" / "libvirt" / "rich.xml"
NAME = "convirt-edit-rich"
SECURE_INACTIVE = libvirt.VIR_DOMAIN_XML_SECURE | libvirt.VIR_DOMAIN_XML_INACTIVE


@pytest.fixture(scope="module")
def connection(libvirtd: None) -> Iterator[libvirt.virConnect]:
    connection = libvirt.open("qemu:///system")
    yield connection
    connection.close()


@pytest.fixture
def domain(connection) -> Iterator[libvirt.virDomain]:
    """The rich definition, as libvirt has taken it."""
    xml = RICH.read_text().replace(">rich<", f">{NAME}<")
    domain = connection.defineXML(xml)
    yield domain
    domain.undefine()


@pytest.fixture
def edit(connection, domain) -> Callable[[str, object], tuple[str, str]]:
    """Set a key and define again; return what libvirt dumps before and after."""

    def edit(key: str, value: object) -> tuple[str, str]:
        before = domain.XMLDesc(SECURE_INACTIVE)
        config = LibvirtConfig(before)
        config[key] = value
        connection.defineXML(config.text)
        return before, domain.XMLDesc(SECURE_INACTIVE)

    return edit


def without(xml: str, *paths: str) -> str:
    root = etree.fromstring(xml)
    for path in paths:
        for element in root.findall(path):
            element.getparent().remove(element)
    return etree.canonicalize(etree.tostring(root, encoding="unicode"), strip_text=True)


def test_the_definition_holds_what_an_editor_could_lose(domain):
    dump = domain.XMLDesc(SECURE_INACTIVE)
    root = etree.fromstring(dump)
    assert "geheim" in dump
    assert "qemu:arg" in dump
    assert "kept &amp; dear" in dump
    assert len(root.findall("devices/console")) == 2
    assert root.find("devices/hostdev[@type='pci']") is not None


@pytest.mark.parametrize(
    ("key", "value", "paths"),
    [
        ("memory", 512, ["memory", "currentMemory"]),
        ("maxmem", 512, ["memory", "currentMemory"]),
        ("vcpus", 4, ["vcpu"]),
        ("maxvcpus", 4, ["vcpu"]),
        ("boot", "nc", ["os/boot"]),
        ("description", "edited", ["description"]),
        ("kernel", "/boot/vmlinuz", ["os/kernel"]),
        ("on_reboot", "destroy", ["on_reboot"]),
        ("vncpasswd", "other", ["devices/graphics[@type='vnc']"]),
    ],
)
def test_an_edit_changes_only_the_elements_concerned_in_libvirts_own_dump(edit, key, value, paths):
    before, after = edit(key, value)
    assert before != after
    assert without(before, *paths) == without(after, *paths)
    assert LibvirtConfig(after)[key] == value


def test_an_edit_that_says_what_is_there_changes_nothing(edit):
    before, after = edit("memory", 256)
    assert before == after


def test_a_removed_screen_takes_only_what_libvirt_made_for_it(edit):
    before, after = edit("vnc", 0)
    made = ["devices/graphics", "devices/video", "devices/input", "devices/audio"]
    assert without(before, *made) == without(after, *made)
    assert not LibvirtConfig(after)["vnc"]


def test_disks_and_cards_are_taken_as_they_were_written(edit):
    edit("disk", ["tap:qcow2:/vms/rich.qcow2,vda,w", "phy:/dev/vg/lv,vdc,w!", "file:/iso/a.iso,hdc:cdrom,r"])
    _, after = edit("vif", ["mac=52:54:00:00:00:01,bridge=br0,model=e1000", "mac=52:54:00:00:00:02,user"])
    config = LibvirtConfig(after)
    assert sorted(config["disk"]) == [
        "file:/iso/a.iso,hdc:cdrom,r",
        "phy:/dev/vg/lv,vdc,w!",
        "tap:qcow2:/vms/rich.qcow2,vda,w",
    ]
    assert config["vif"][1] == "mac=52:54:00:00:00:02,user,model=virtio"
    assert 'cache="none"' in after.replace("'", '"')


def test_a_renewed_copy_is_a_definition_of_its_own(connection, domain):
    twin = LibvirtConfig(domain.XMLDesc(SECURE_INACTIVE)).renewed("convirt-edit-twin")
    copied = connection.defineXML(twin.text)
    try:
        assert copied.UUIDString() == twin.key != domain.UUIDString()
    finally:
        copied.undefine()
