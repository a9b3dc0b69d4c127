"""What a definition asks of the server that runs it."""

from __future__ import annotations

from convirt_libvirt.domain import LibvirtConfig

XML = """<domain type='kvm'><name>web1</name><uuid>8b8d6a4e-4431-4f4f-b8d0-a336e568ed32</uuid><memory>1</memory>
<bootloader>/usr/bin/pygrub</bootloader><os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
<loader type='rom'>/usr/share/bios.bin</loader><nvram>/srv/web1.fd</nvram></os>
<devices><hostdev mode='subsystem' type='pci'><source>
<address domain='0x0000' bus='0x03' slot='0x00' function='0x1'/></source></hostdev></devices></domain>"""


def test_a_definition_says_what_kind_of_guest_it_is() -> None:
    kind = LibvirtConfig(XML).guest_kind()
    assert kind is not None
    assert (kind.architecture, kind.virtualization, kind.os_type, kind.machines) == (
        "x86_64",
        "kvm",
        "hvm",
        frozenset({"pc-q35-7.2"}),
    )


def test_a_definition_names_its_host_devices() -> None:
    assert LibvirtConfig(XML).host_devices() == ["pci 0x0000:0x03:0x00:0x1"]


def test_a_definition_names_the_programs_that_start_it() -> None:
    assert LibvirtConfig(XML).programs() == ["/usr/bin/pygrub", "/usr/share/bios.bin"]


def test_a_definition_names_the_variables_of_its_firmware() -> None:
    assert LibvirtConfig(XML).variables() == "/srv/web1.fd"
