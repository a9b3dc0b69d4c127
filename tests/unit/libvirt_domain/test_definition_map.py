"""A definition as a map: which keys there are, what they refuse, identity, digest."""

import pytest

from convirt_core.errors import InvalidInput
from convirt_core.platforms import STANDARD_KEYS
from convirt_libvirt.domain import LibvirtConfig, digest_of


def test_every_standard_key_is_known():
    assert set(STANDARD_KEYS) <= set(LibvirtConfig.known_keys)


def test_a_key_that_is_not_set_is_not_there(small):
    assert "kernel" not in small
    assert "kernel" not in list(small)
    with pytest.raises(KeyError):
        small["kernel"]
    with pytest.raises(KeyError):
        del small["kernel"]


def test_an_unknown_key_is_refused_by_name(small):
    with pytest.raises(InvalidInput, match="'shadow_memory' is not known"):
        small["shadow_memory"] = 1


@pytest.mark.parametrize("key", ["name", "uuid", "memory", "vcpus", "machine"])
def test_what_every_vm_has_cannot_be_deleted(rich, key):
    with pytest.raises(InvalidInput, match=key):
        del rich[key]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("name", name) for name in ("", "../x", "a/b", ".", "a\nb", " a", "é" * 101, 5, None, "a\x00")),
        *(("uuid", value) for value in ("", "no", 5)),
        *(("kernel", value) for value in ("", "boot/vmlinuz", 5, "/a\nb", "/a\x01")),
        *(("extra", value) for value in (5, "a\nb", "\x1b[0m", "\ud800")),
        *(("on_crash", value) for value in ("explode", "", 1)),
        ("on_reboot", "coredump-restart"),
        *(("vnc", value) for value in ("maybe", 2, None, [])),
        *(("vnclisten", value) for value in ("", "a b", "/run/x", 1)),
        *(("vncpasswd", value) for value in ("", "longer than eight", 5)),
        *(("disk", value) for value in ("file:/a,vda,w", 5, [5], None, ["file:/a\tb,vda,w"])),
        *(("vif", value) for value in ("bridge=br0", [None])),
        *(("machine", value) for value in ("", "a b")),
        *(("description", value) for value in (5, "\x00")),
        *(("cpu", value) for value in ("", 5)),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_one_sentence(small, key, value):
    before = small.text
    with pytest.raises(InvalidInput) as caught:
        small[key] = value
    assert "\n" not in str(caught.value)
    assert small.text == before


def test_the_identity_of_a_vm_that_is_there_cannot_be_changed(rich):
    rich["uuid"] = rich["uuid"]
    with pytest.raises(InvalidInput, match="identity"):
        rich["uuid"] = "11111111-2222-3333-4444-555555555555"


def test_a_new_definition_gets_a_uuid_and_keeps_it(small):
    assert small.key == small["uuid"] == LibvirtConfig(small.text).key
    assert small.digest == ""


def test_the_digest_is_of_the_text_as_it_was_read(rich):
    before = rich.digest
    rich["memory"] = 1
    assert rich.digest == before
    assert digest_of(rich.text) != before


def test_a_password_is_read_by_its_key_and_shown_nowhere(rich):
    assert rich["vncpasswd"] == "geheim"
    assert "geheim" not in str(rich.public_values()) + repr(rich)


def test_a_renewed_copy_shares_neither_name_nor_key_nor_address(rich):
    twin = rich.renewed("twin")
    assert twin.name == "twin"
    assert twin.key != rich.key
    assert twin.digest == ""
    assert {nic.mac for nic in twin.nics()}.isdisjoint(nic.mac for nic in rich.nics())
    assert twin.disks() == rich.disks()
    assert rich.name == "rich"


def test_a_renewed_copy_shares_no_file_that_only_the_first_used():
    twin = LibvirtConfig(
        "<domain type='kvm'><name>a</name><uuid>5f8f1f0e-51a5-4c0c-8a52-17b4a6ba2e03</uuid>"
        "<genid>5f8f1f0e-51a5-4c0c-8a52-17b4a6ba2e04</genid>"
        "<os><nvram template='/t.fd'>/nvram/a.fd</nvram></os>"
        "<sysinfo type='smbios'><system><entry name='uuid'>5f8f1f0e-51a5-4c0c-8a52-17b4a6ba2e03</entry></system>"
        "</sysinfo><devices><channel type='unix'><source mode='bind' path='/run/a.agent'/></channel></devices></domain>"
    ).renewed("b")
    for old in ("5f8f1f0e", "/nvram/a.fd", "/run/a.agent"):
        assert old not in twin.text
    assert "/t.fd" in twin.text
    assert twin.text.count(twin.key) == 2


def test_a_copy_cannot_be_given_an_impossible_name(rich):
    with pytest.raises(InvalidInput):
        rich.renewed("../x")


def test_a_definition_without_a_name_says_so():
    with pytest.raises(InvalidInput, match="no name"):
        LibvirtConfig("<domain/>").name  # noqa: B018
    with pytest.raises(InvalidInput, match="no UUID"):
        LibvirtConfig("<domain/>").key  # noqa: B018


def test_a_sound_definition_has_no_findings(rich):
    assert rich.validate() == []


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        ("<os><kernel>/k</kernel></os>", "no-name"),
        ("<name>a</name><os><initrd>/r</initrd></os>", "ramdisk-alone"),
        ("<name>a</name><os><cmdline>quiet</cmdline></os>", "extra-alone"),
        ("<name>a</name><os><type>hvm</type></os>", "nothing-to-boot"),
        (
            "<name>a</name><devices>"
            + "<interface type='user'><mac address='52:54:00:00:00:01'/></interface>" * 2
            + "</devices>",
            "mac-twice",
        ),
    ],
)
def test_a_doubtful_definition_has_a_finding_with_a_remedy(inner, code):
    findings = LibvirtConfig(f"<domain>{inner}</domain>").validate()
    assert [finding.code for finding in findings] == [code]
    assert findings[0].remedy


def test_a_feature_is_switched_and_its_neighbours_stay(rich):
    rich["acpi"], rich["apic"] = 0, 1
    assert (rich["acpi"], rich["apic"]) == (0, 1)
    assert "<relaxed" in rich.text


def test_a_clock_is_set_to_the_servers_local_time_and_back():
    config = LibvirtConfig("<domain><clock offset='utc'><timer name='hpet' present='no'/></clock></domain>")
    assert config["localtime"] == 0
    config["localtime"] = 1
    assert '<clock offset="localtime"><timer name="hpet"' in config.text
    config["localtime"] = 0
    assert '<clock offset="utc"><timer' in config.text


def test_a_machine_is_set_in_place(rich):
    rich["machine"] = "q35"
    assert 'arch="x86_64" machine="q35"' in rich.text


def test_an_edit_is_indented_as_its_surroundings(rich):
    rich["description"] = "here"
    assert "\n  <description>here</description>\n  <memory unit=" in rich.text
