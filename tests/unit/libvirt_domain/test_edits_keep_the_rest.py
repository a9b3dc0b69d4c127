"""An edit touches the elements concerned and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from convirt_core.errors import InvalidInput
from convirt_libvirt.domain import LibvirtConfig

EDITS = [
    ("memory", 512, ["memory", "currentMemory"]),
    ("maxmem", 512, ["memory", "currentMemory"]),
    ("vcpus", 4, ["vcpu"]),
    ("maxvcpus", 4, ["vcpu"]),
    ("name", "poor", ["name"]),
    ("description", "Müller & Söhne <1>", ["description"]),
    ("kernel", "/boot/vmlinuz", ["os/kernel"]),
    ("ramdisk", "/boot/initrd", ["os/initrd"]),
    ("extra", "console=ttyS0 quiet", ["os/cmdline"]),
    ("boot", "dn", ["os/boot"]),
    ("on_crash", "restart", ["on_crash"]),
    ("vncpasswd", "other", ["devices/graphics"]),
    ("vnclisten", "0.0.0.0", ["devices/graphics"]),
    ("vnc", 0, ["devices/graphics"]),
    ("cpu", "host-model", ["cpu"]),
    ("disk", ["file:/vms/new.img,vda,w"], ["devices/disk"]),
    ("vif", ["bridge=br1"], ["devices/interface"]),
]


@pytest.mark.parametrize(("key", "value", "paths"), EDITS)
def test_an_edit_changes_only_the_elements_concerned(rich, rest, key, value, paths):
    before = rest(rich, *paths)
    rich[key] = value
    assert rest(rich, *paths) == before


@pytest.mark.parametrize("key", [key for key, _, _ in EDITS])
def test_setting_a_key_to_what_it_is_changes_nothing(rich, rest, key):
    before = rest(rich)
    if key in rich:
        rich[key] = rich[key]
    assert rest(rich) == before


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, value, _ in EDITS if key not in {"vnc", "disk", "vif"}]
)
def test_what_was_set_is_read_again(rich, key, value):
    rich[key] = value
    assert LibvirtConfig(rich.text)[key] == value


def test_a_key_that_is_set_and_deleted_leaves_the_definition_as_it_was(rich, rest):
    before = rest(rich)
    for key, value in (("kernel", "/k"), ("ramdisk", "/r"), ("extra", "x"), ("description", "d"), ("cpu", "maximum")):
        rich[key] = value
        del rich[key]
    assert rest(rich) == before


def test_a_refused_value_changes_nothing_at_all(rich, rest):
    before = rest(rich)
    with pytest.raises(InvalidInput):
        rich["disk"] = ["file:/vms/new.img,vda,w", "file:/vms/other.img,xyz,w"]
    assert rest(rich) == before


words = st.text("abcdefgh", min_size=1, max_size=6)
names = st.sampled_from(["tune", "vcpu_x", "{http://example.org/ns}own", "memtune", "device", "boot"])


@st.composite
def elements(draw, depth=2):
    """An element that no version of libvirt knows."""
    element = etree.Element(draw(names), draw(st.dictionaries(words, words, max_size=2)))
    element.text = draw(words)
    if depth:
        for child in draw(st.lists(elements(depth - 1), max_size=3)):
            element.append(child)
    if draw(st.booleans()):
        element.append(etree.Comment(draw(words)))
    return element


@given(
    unknown=st.lists(elements(), max_size=4),
    in_devices=st.lists(elements(), max_size=4),
    memory=st.integers(1, 1 << 20),
    vcpus=st.integers(1, 300),
)
def test_whatever_else_a_definition_holds_survives(unknown, in_devices, memory, vcpus):
    root = etree.fromstring(
        "<domain type='kvm'><name>any</name><memory>1024</memory><vcpu>1</vcpu><os><type>hvm</type></os>"
        "<devices/></domain>"
    )
    root.extend(unknown)
    root.find("devices").extend(in_devices)
    config = LibvirtConfig(etree.tostring(root, encoding="unicode"))
    config["memory"], config["vcpus"], config["description"] = memory, vcpus, "x"
    config["disk"] = ["file:/a,vda,w"]
    config["vnc"] = 1
    after = etree.fromstring(config.text)
    assert [
        etree.tostring(e)
        for e in after
        if e.tag not in {"name", "memory", "currentMemory", "vcpu", "os", "devices"} and e.tag != "description"
    ] == [etree.tostring(e) for e in unknown]
    assert [etree.tostring(e) for e in after.find("devices") if e.tag not in {"disk", "graphics"}] == [
        etree.tostring(e) for e in in_devices
    ]
    assert (config["memory"], config["vcpus"]) == (memory, vcpus)
