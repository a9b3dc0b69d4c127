"""`convirt` with servers that are reached over ssh alone: no port of them is open but sshd's."""

from __future__ import annotations

import base64
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest
from labs.cli_here import ConvirtHere
from labs.command_line import Convirt
from labs.guest import LabGuest
from labs.managed import DISK, DISK_IMAGE, TEMPLATE, disk_image
from labs.sentences import check_one_sentence
from labs.two_hosts import faults
from labs.two_hosts.client import NO_KEY, PASSPHRASE, public_key
from labs.two_hosts.counting import connections
from labs.two_hosts.host import Host
from labs.two_hosts.lab import Lab
from labs.two_hosts.server_files import CLOSED, PASSWORD

from convirt_core.remote.ssh.host_keys import fingerprint

pytestmark = pytest.mark.root

REFUSED, UNAVAILABLE, NOT_FOUND, USAGE = 4, 5, 3, 2
SCREEN = "<graphics type='vnc' listen='127.0.0.1' autoport='yes'/>"


@pytest.fixture
def home_with(two_hosts: Lab, tmp_path: Path) -> Callable[..., Path]:
    """`home_with(user=…, key=…, knows=…)`: a home for a person."""
    return lambda **settings: two_hosts.client.make_home(tmp_path / "home", **settings)


@pytest.fixture
def convirt_of(tmp_path: Path) -> Callable[[Path], ConvirtHere]:
    """`convirt_of(home)`: the command line of the person with this home, at no terminal."""

    def convirt_of(home: Path) -> ConvirtHere:
        here = ConvirtHere(tmp_path / "convirt", guest=True)
        here.environment |= {
            "HOME": str(home),
            "SSH_AUTH_SOCK": "",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        return here

    return convirt_of


@pytest.fixture
def convirt(two_hosts: Lab, convirt_of: Callable[[Path], ConvirtHere]) -> ConvirtHere:
    """The command line of a person whom both hosts let in."""
    return convirt_of(two_hosts.client.home)


def of(host: Host) -> str:
    return fingerprint(base64.b64decode(public_key(host).split()[1]))


def test_a_script_names_the_fingerprint_of_a_new_server(home_with, convirt_of, two_hosts):
    convirt = convirt_of(home_with(knows=False))
    words = ("server", "add", "h1", "--address", two_hosts.h1.address, "--platform", "kvm")
    ended = convirt(*words)
    assert ended.code == REFUSED
    check_one_sentence(ended.err, "is new, and nobody has confirmed its key")
    ended = convirt(*words, "--host-key", of(two_hosts.h2))
    assert ended.code == REFUSED
    check_one_sentence(ended.err, "shows another key")
    ended = convirt(*words, "--host-key", "MD5:00")
    assert ended.code == USAGE
    check_one_sentence(ended.err, "is no fingerprint")
    convirt.done(*words, "--host-key", of(two_hosts.h1))
    second = ("server", "add", "h2", "--address", two_hosts.h2.address)
    convirt.done(*second, "--user", "root", "--port", "22", "--accept-new")
    assert {each["address"] for each in convirt.json("server", "list")["servers"]} == {
        two_hosts.h1.address,
        two_hosts.h2.address,
    }


def test_a_script_is_not_led_to_another_server_than_it_names_although_that_is_known(convirt, two_hosts):
    way = ("--address", "h1", "--platform", "kvm")
    ended = convirt("server", "add", "h1", *way, "--host-key", of(two_hosts.h2))
    assert ended.code == REFUSED
    check_one_sentence(ended.err, "shows another key")
    convirt.done("server", "add", "h1", *way, "--host-key", of(two_hosts.h1))
    for words in (("connect", "h1"), ("edit", "h1", "--name", "host1"), ("edit", "h1", "--address", "h2")):
        ended = convirt("server", *words, "--host-key", of(two_hosts.h2 if "h2" not in words else two_hosts.h1))
        assert ended.code == REFUSED
        check_one_sentence(ended.err, "shows another key")
    [server] = convirt.json("server", "list", "--offline")["servers"]
    assert (server["name"], server["address"]) == ("h1", "h1")
    convirt.done("server", "connect", "h1", "--host-key", of(two_hosts.h1))
    convirt.done("server", "edit", "h1", "--name", "host1", "--host-key", of(two_hosts.h1))


def test_a_script_says_of_a_server_that_was_installed_anew_that_its_key_is_right(home_with, convirt_of, two_hosts):
    home = home_with()
    convirt = convirt_of(home)
    convirt.done("server", "add", "h1", "--address", "h1", "--platform", "kvm")
    with faults.changed_host_key(two_hosts.h1):
        (home / ".ssh/known_hosts").write_text("")
        ended = convirt("server", "connect", "h1")
        assert ended.code == REFUSED
        assert "--host-key SHA256:" in ended.err
        convirt.done("server", "connect", "h1", "--host-key", of(two_hosts.h1))
        (home / ".ssh/known_hosts").write_text("")
        convirt.done("server", "connect", "h1", "--accept-new")
        (home / ".ssh/known_hosts").write_text("")
        convirt.done("server", "edit", "h1", "--address", two_hosts.h1.address, "--accept-new")
        (home / ".ssh/known_hosts").write_text("")
        convirt.done("server", "edit", "h1", "--address", "h1", "--host-key", of(two_hosts.h1))


def spawn(convirt: ConvirtHere, *words: str) -> pexpect.spawn:
    environment = {**Convirt(convirt.home).environment, **convirt.environment}
    return pexpect.spawn(sys.executable, ["-m", "convirt_cli", *words], env=environment, timeout=30, encoding="utf-8")


def test_a_person_confirms_the_key_and_types_the_password_and_their_key_is_put_there(home_with, convirt_of, two_hosts):
    home = home_with(knows=False, key=NO_KEY)
    (home / ".ssh/id_ed25519.pub").write_text("ssh-ed25519 AAAA mine\n")
    config = home / ".ssh/config"
    config.write_text(config.read_text().replace(f"IdentityFile {NO_KEY}", f"IdentityFile {home}/.ssh/id_ed25519"))
    with faults.passwords(two_hosts.h1):
        convirt = convirt_of(home)
        words = ("server", "add", "h1", "--address", two_hosts.h1.address, "--user", "member", "--install-key")
        child = spawn(convirt, *words)
        child.expect_exact(f"It shows the key ssh-ed25519 {of(two_hosts.h1)}")
        child.sendline("y")
        child.expect("Password of member on")
        time.sleep(11)  # longer than a server may take: nobody is hurried
        child.sendline(PASSWORD)
        child.expect("Added the server h1 with the platform kvm")
        child.expect(pexpect.EOF)
        child.close()
    assert child.exitstatus == 0
    assert PASSWORD not in (convirt.home / "data" / "convirt.log").read_text()
    assert "AAAA mine" in (two_hosts.h1.folder / "home/member/.ssh/authorized_keys").read_text()
    (two_hosts.h1.folder / "home/member/.ssh/authorized_keys").unlink()


@pytest.fixture
def by_password(home_with: Callable[..., Path], convirt_of: Callable[[Path], ConvirtHere]) -> ConvirtHere:
    """The command line of a person who has a public key that no server knows yet, and so is asked a password."""
    home = home_with(key=NO_KEY)
    (home / ".ssh/id_ed25519.pub").write_text("ssh-ed25519 AAAA mine\n")
    config = home / ".ssh/config"
    config.write_text(config.read_text().replace(f"IdentityFile {NO_KEY}", f"IdentityFile {home}/.ssh/id_ed25519"))
    return convirt_of(home)


def test_the_remedy_for_a_password_that_nobody_can_type_leads_there(by_password, two_hosts):
    keys = two_hosts.h1.folder / "home/member/.ssh/authorized_keys"
    with faults.passwords(two_hosts.h1):
        add = ("server", "add", "h1", "--address", "h1", "--user", "member")
        ended = by_password(*add)
        assert "after 'convirt server add … --install-key'" in ended.err
        assert "--install-key" not in by_password(*add, "--install-key").err
        child = spawn(by_password, *add)
        child.expect("Password of member on")
        child.sendline(PASSWORD)
        child.expect("Added the server h1")
        child.close()
        ended = by_password("server", "connect", "h1")
        assert ended.code == UNAVAILABLE
        assert "after 'convirt server connect … --install-key'" in ended.err
        child = spawn(by_password, "server", "connect", "h1", "--install-key")
        child.expect("Password of member on")
        child.sendline(PASSWORD)
        child.expect("h1 is up.")
        child.close()
    assert "AAAA mine" in keys.read_text()
    keys.unlink()


def test_no_password_is_asked_for_a_key_that_is_not_there(by_password, two_hosts):
    (Path(by_password.environment["HOME"]) / ".ssh/id_ed25519.pub").unlink()
    with faults.passwords(two_hosts.h1):
        ended = by_password("server", "add", "h1", "--address", "h1", "--user", "member", "--install-key")
    assert ended.code == USAGE
    check_one_sentence(ended.err, "You have no public key")


def test_the_public_key_of_a_person_is_put_on_a_server_once(convirt, two_hosts):
    keys = two_hosts.h1.folder / "home/member/.ssh/authorized_keys"
    for name in ("one", "two"):
        convirt.done("server", "add", name, "--address", "h1", "--user", "member", "--install-key")
        convirt.done("server", "remove", name, "--yes")
    mine = two_hosts.client.key.with_suffix(".pub").read_text()
    assert keys.read_text() == mine
    keys.write_text("")
    convirt.done("server", "add", "three", "--address", "h1", "--user", "member")
    convirt.done("server", "connect", "three", "--install-key")
    assert keys.read_text() == mine
    keys.unlink()


def test_a_locked_key_is_unlocked_once_for_a_command(home_with, convirt_of, two_hosts):
    convirt = convirt_of(home_with(key=two_hosts.client.locked_key))
    child = spawn(convirt, "server", "add", "h1", "--address", "h1", "--platform", "kvm")
    child.expect("Passphrase of the key")
    child.sendline(PASSPHRASE)
    child.expect("Added the server h1")
    child.expect(pexpect.EOF)
    ended = convirt("server", "connect", "h1")
    assert ended.code == UNAVAILABLE
    assert "is locked with a passphrase" in ended.err


@pytest.mark.parametrize(
    ("fault", "part", "code"),
    [
        (faults.changed_host_key, "shows another key than before", REFUSED),
        (faults.without_libvirt, "There is no libvirt on h1", NOT_FOUND),
        (faults.killed_libvirtd, "libvirt does not run on h1: Connection refused", UNAVAILABLE),
        (faults.stopped_libvirtd, "did not answer within 10 s", UNAVAILABLE),
        (faults.link_down, "did not answer within 5 s", UNAVAILABLE),
        (faults.stopped_sshd, "said nothing within 5 s", UNAVAILABLE),
    ],
)
def test_each_obstacle_is_one_sentence(convirt, two_hosts, fault, part, code):
    with fault(two_hosts.h1):
        ended = convirt("server", "add", "h1", "--address", "h1", "--platform", "kvm")
    assert ended.code == code, ended
    check_one_sentence(ended.err, part)


def test_a_user_without_rights_to_libvirt_is_told_how_to_get_them(convirt, two_hosts):
    ended = convirt("server", "add", "h1", "--address", "h1", "--platform", "kvm", "--user", "visitor")
    assert ended.code == UNAVAILABLE
    check_one_sentence(ended.err, "You may not use libvirt on h1: Permission denied")
    assert "group libvirt" in ended.err
    convirt.done("server", "add", "h1", "--address", "h1", "--user", "member")


def test_a_server_whose_libvirt_has_no_helper_is_reached_by_its_socket(convirt, two_hosts):
    with faults.without(two_hosts.h1, "/usr/bin/virt-ssh-helper"):
        convirt.done("server", "add", "h1", "--address", "h1", "--platform", "kvm")
        assert convirt.json("vm", "list")["vms"] == []
        assert way_to_libvirt(convirt) == ("qemu:///system", "over ssh, to its socket /run/libvirt/libvirt-sock")


def test_a_server_is_shown_with_its_own_uri_and_not_with_our_passing_socket(convirt):
    convirt.done("server", "add", "h1", "--address", "h1", "--platform", "kvm")
    assert way_to_libvirt(convirt) == ("qemu:///system", "over ssh, by virt-ssh-helper")


def way_to_libvirt(convirt: ConvirtHere) -> tuple[str, str]:
    [values] = [
        section["values"]
        for section in convirt.json("server", "info", "h1")["sections"]
        if section["title"] == "Hypervisor"
    ]
    return values["uri"], values["libvirt_way"]


@pytest.fixture
def closed(two_hosts: Lab) -> None:
    """Nothing of the hosts is open but ssh."""
    for host in two_hosts.hosts:
        two_hosts.suffers(faults.set_up(host, CLOSED))


@pytest.fixture
def guest(make_guest_on, two_hosts, closed) -> Iterator[LabGuest]:
    guest = make_guest_on(two_hosts.h1, "far", devices=SCREEN)
    guest.boot()
    return guest


@pytest.mark.guest
def test_consoles_and_screens_need_no_open_port(convirt, two_hosts, guest):
    convirt.done("server", "add", "h1", "--address", "h1", "--platform", "kvm")
    console = spawn(convirt, "vm", "console", guest.name)
    console.expect("leaves")
    console.send("\recho $((6 * 7))-far\r")
    console.expect("42-far")
    console.send("\x1d")
    console.expect("Left")
    child = spawn(convirt, "vm", "screen", guest.name)
    child.expect(r"is at (\S+/socket) until Ctrl-C")
    with socket.socket(socket.AF_UNIX) as viewer:
        viewer.connect(child.match[1])
        assert viewer.recv(4) == b"RFB "
        assert connections(two_hosts.h1) == {22: 1}
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert convirt.json("vm", "screen", guest.name, "--timeout", "0.1")["protocol"] == "vnc"


@pytest.mark.guest
def test_a_vm_is_provisioned_and_its_image_is_sent_once(convirt, two_hosts, guest_image, disk_folder, tmp_path, prefix):
    places = ("--option", f"VM_DISKS_DIR={disk_folder}/vms", "--option", f"VM_IMAGES_DIR={disk_folder}/images")
    how = ("--platform", "kvm", "--option", "accelerator=tcg", *places)
    convirt.done("server", "add", "h1", "--address", "h1", *how)
    convirt.done("group", "add", "lab")
    template = tmp_path / "template"
    template.write_text(TEMPLATE + DISK)
    disk_image(tmp_path)
    files = ("--kernel", str(guest_image.kernel), "--ramdisk", str(guest_image.initrd))
    disk = ("--disk", str(tmp_path / DISK_IMAGE))
    convirt.done("image", "add", "disk", "kvm", "lab", "--template", str(template), *files, *disk)
    convirt.done("provision", "disk", f"{prefix}one", "--server", "h1", "--start")
    copies = {path: path.stat().st_mtime_ns for path in disk_folder.glob("images/*/*")}
    assert len(copies) == 3
    convirt.done("provision", "disk", f"{prefix}two", "--server", "h1", "--no-start")
    assert {path: path.stat().st_mtime_ns for path in disk_folder.glob("images/*/*")} == copies
    states = {each["name"]: each["state"] for each in convirt.json("vm", "list")["vms"]}
    assert states == {f"{prefix}one": "running", f"{prefix}two": "stopped"}
    convirt.done("vm", "save", f"{prefix}one", "--to", f"{disk_folder}/one.save")
    assert (disk_folder / "one.save").exists()
    convirt.done("vm", "restore", "--server", "h1", f"{disk_folder}/one.save")
    convirt.done("vm", "kill", f"{prefix}one")
    convirt.done("vm", "remove", f"{prefix}one", f"{prefix}two", "--yes")
    assert list((disk_folder / "vms").iterdir()) == []
