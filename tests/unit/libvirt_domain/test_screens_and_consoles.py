"""The screen of a VM, and its running side."""

import pytest

from convirt_core.errors import InvalidInput
from convirt_core.model import GraphicalConsole, VMState
from convirt_libvirt.domain import LibvirtConfig, graphical_console, info_from_xml

RUNNING = """<domain type='qemu' id='7'><name>web1</name><uuid>5f8f1f0e-51a5-4c0c-8a52-17b4a6ba2e03</uuid>
<memory unit='KiB'>262144</memory><os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os>
<features><acpi/></features>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/a.img' index='1'/>
<backingStore/><target dev='vda' bus='virtio'/><alias name='virtio-disk0'/></disk>
<interface type='network'><mac address='52:54:00:AA:00:01'/><source network='default' bridge='virbr0'/>
<target dev='vnet3'/><model type='virtio'/></interface>
<serial type='pty'><source path='/dev/pts/4'/><alias name='serial0'/></serial>
<console type='pty' tty='/dev/pts/4'><source path='/dev/pts/4'/><target type='serial'/><alias name='serial0'/></console>
<console type='pty'><target type='virtio'/><alias name='console1'/></console>
<serial type='file'><source path='/log'/><alias name='serial1'/></serial>
<graphics type='vnc' port='5901' autoport='yes' listen='127.0.0.1'>
<listen type='address' address='127.0.0.1'/></graphics>
</devices></domain>"""


def screens(*graphics: str) -> str:
    return f"<domain><name>a</name><devices>{''.join(graphics)}</devices></domain>"


def test_a_screen_is_served_where_the_running_vm_says():
    assert graphical_console(RUNNING) == GraphicalConsole("vnc", "127.0.0.1", 5901)


@pytest.mark.parametrize(
    ("graphics", "console"),
    [
        (
            "<graphics type='vnc' port='5900' passwd='x'><listen type='address' address='::1'/></graphics>",
            GraphicalConsole("vnc", "::1", 5900, needs_password=True),
        ),
        (
            "<graphics type='vnc' port='5900'><listen type='network' network='lan' address='10.0.0.1'/></graphics>",
            GraphicalConsole("vnc", "10.0.0.1", 5900),
        ),
        (
            "<graphics type='vnc'><listen type='socket' socket='/run/vnc'/></graphics>",
            GraphicalConsole("vnc", socket_path="/run/vnc"),
        ),
        ("<graphics type='vnc' port='-1' autoport='yes'/>", None),
        ("<graphics type='egl-headless'/>", None),
        ("", None),
    ],
)
def test_a_screen_may_be_an_address_a_socket_or_none(graphics, console):
    assert graphical_console(screens(graphics)) == console


@pytest.mark.parametrize("password", [12345678, "hunter2hunter2", "hunt\x01", "hunt\n", ["hunt"], ""])
def test_a_password_that_cannot_be_is_refused_without_saying_it(password):
    with pytest.raises(InvalidInput) as refused:
        LibvirtConfig(screens())["vncpasswd"] = password
    said = f"{refused.value.message} {refused.value.remedy}"
    assert "hunt" not in said
    assert "12345678" not in said
    assert "\x01" not in said


def test_vnc_goes_before_spice():
    spice, vnc = "<graphics type='spice' port='5900'/>", "<graphics type='vnc' port='5901'/>"
    assert graphical_console(screens(spice, vnc)).port == 5901
    assert graphical_console(screens(spice)).protocol == "spice"


def test_a_new_screen_is_served_to_the_server_itself_only(small):
    small["vnc"] = 1
    assert small["vnclisten"] == "127.0.0.1"


def test_a_screen_and_its_password_can_be_set_in_any_order(small):
    small["vncpasswd"] = "secret"
    small["vnc"] = "yes"
    assert (small["vnc"], small["vncpasswd"]) == (1, "secret")
    del small["vncpasswd"]
    assert small["vnc"] == 1
    assert "vncpasswd" not in small


def test_the_address_is_written_where_libvirt_compares_it(rich):
    rich["vnclisten"] = "0.0.0.0"
    assert rich.text.count("0.0.0.0") == 2
    del rich["vnclisten"]
    assert "vnclisten" not in rich


def test_an_address_replaces_a_socket():
    config = LibvirtConfig(screens("<graphics type='vnc' socket='/s'><listen type='socket' socket='/s'/></graphics>"))
    config["vnclisten"] = "127.0.0.1"
    assert "socket" not in config.text


@pytest.fixture
def info():
    return info_from_xml(
        RUNNING, state=VMState.RUNNING, memory_kib=131072, max_memory_kib=262144, vcpus=2, cpu_time_ns=1_500_000_000
    )


def test_the_running_side_has_the_standard_keys(info):
    assert {key: info[key] for key in ("name", "id", "state", "memory", "maxmem", "vcpus", "cpu_time_seconds")} == {
        "name": "web1",
        "id": 7,
        "state": "running",
        "memory": 128,
        "maxmem": 256,
        "vcpus": 2,
        "cpu_time_seconds": 1.5,
    }


def test_the_running_side_says_what_the_machine_is(info):
    assert (info["domain_type"], info["machine"], info["vnc_port"]) == ("qemu", "pc-i440fx-7.2", 5901)
    assert (info["serial"], info["acpi"], info["os"]) == ("/dev/pts/4", 1, None)


def test_the_running_side_has_its_devices(info):
    assert info.disks[0].source == "/a.img"
    assert (info.nics[0].target, info.nics[0].mac) == ("vnet3", "52:54:00:aa:00:01")


def test_the_guests_system_is_known_where_its_maker_wrote_it(rich):
    running = info_from_xml(rich.text, state=VMState.PAUSED, memory_kib=0, max_memory_kib=0, vcpus=1, cpu_time_ns=0)
    assert running["os"] == "http://debian.org/debian/12"


def test_what_may_be_shown_has_the_password_of_no_screen():
    kinds = ("spice", "vnc", "vnc")
    config = LibvirtConfig(screens(*(f"<graphics type='{kind}' passwd='hush'/>" for kind in kinds)), is_new=True)

    assert "hush" not in config.without_secrets().text
    assert config.text.count("hush") == 3
