"""Names and paths that a shell, a parser or a terminal could take for something else, over ssh."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from labs.cli_here import ConvirtHere
from labs.sentences import check_one_sentence
from labs.two_hosts.counting import wait_until_quiet
from labs.two_hosts.host import Host
from labs.two_hosts.lab import Lab
from labs.two_hosts.watch import watched

pytestmark = [pytest.mark.root, pytest.mark.guest]

USAGE, REFUSED = 2, 4
NAMES = {
    "quotes": 'it\'s a "name"',
    "blanks": "two  blanks",
    "tab": "a\ttab",
    "substitution": "$(touch hacked)",
    "backquotes": "`touch hacked`; touch hacked & | > < \\",
    "variable": "$HOME${IFS}$VM_DISKS_DIR",
    "option": "-rf",
    "long-option": "--help",
    "commas": "a,b,,c=d:e",
    "patterns": "*?[a]{b,c}~!#%s%n",
    "markup": "<b>&amp;]]>",
    "not-ascii": "Käse ☃ 名前",
    "longest": "n" * 200,
}
BAD_NAMES = {"newline": "a\nb", "slash": "a/b", "dot": ".", "dots": "..", "long": "n" * 201, "empty": ""}
FOLDER = '/srv/odd, -it\'s a "folder" $(touch hacked);`touch hacked`,vda,w ü☃'
SAVED = '/srv/odd/-it\'s "saved"\t$(touch hacked);`touch hacked`,\nü☃'
TEMPLATE = "name = '$VM_NAME'\nmemory = 32\nvcpus = 1\ndisk = ['tap:qcow2:$VM_DISKS_DIR/$VM_NAME.qcow2,vda,w']\n"
HOW = ("--platform", "kvm", "--option", "accelerator=tcg")


@pytest.fixture(scope="module")
def convirt(two_hosts: Lab, tmp_path_factory: pytest.TempPathFactory) -> ConvirtHere:
    """A `convirt` with both hosts over ssh, h2 with an odd folder for disks, and the image `disk`."""
    home = tmp_path_factory.mktemp("odd")
    convirt = ConvirtHere(home, guest=True)
    convirt.environment["HOME"] = str(two_hosts.client.home)
    convirt.done("group", "add", "lab")
    for host, folder in zip(two_hosts.hosts, ("/srv/odd", FOLDER), strict=True):
        convirt.done("pool", "add", host.name)
        folders = (f"VM_DISKS_DIR={folder}/vms", f"VM_IMAGES_DIR={folder}/images")
        convirt.done("pool", "set", host.name, *folders)
        convirt.done("server", "add", host.name, "--address", host.name, "--pool", host.name, *HOW)
    disk, template = home / "disk.qcow2", home / "template"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "1M"], check=True)
    template.write_text(TEMPLATE)
    convirt.done("image", "add", "disk", "kvm", "lab", "--template", str(template), "--disk", str(disk))
    return convirt


@pytest.fixture(autouse=True)
def nothing_is_executed_and_nothing_left(two_hosts: Lab, tmp_path: Path, monkeypatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    left = [name for host in two_hosts.hosts for name in vms_of(host)]
    for host in two_hosts.hosts:
        clear(host)
    assert left == []
    folders = [tmp_path, *(host.folder / folder for host in two_hosts.hosts for folder in ("root", "srv", "tmp"))]
    assert [path for folder in folders for path in folder.rglob("hacked")] == []
    assert not Path("/hacked").exists()


def clear(host: Host) -> None:
    for key in host.virsh("list", "--uuid").split():
        host.virsh("destroy", key)
    for key in host.virsh("list", "--all", "--uuid").split():
        host.virsh("undefine", key)


def vms_of(host: Host) -> list[str]:
    """The names that libvirt knows."""
    return [name for name in host.virsh("list", "--all", "--name").splitlines() if name]


def files_of(host: Host, folder: str) -> list[str]:
    return sorted(path.name for path in (host.folder / folder.lstrip("/")).iterdir() if path.is_file())


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_vm_lives_under_an_odd_name(two_hosts: Lab, convirt: ConvirtHere, name: str) -> None:
    h1, vm, saved = two_hosts.h1, f"h1/{name}", f"/srv/odd/{name}\n.saved"
    answer = json.loads(convirt.done("provision", "disk", "--server", "h1", "--json", "--", name))
    assert answer["vm"] == name
    assert vms_of(h1) == [name]
    assert files_of(h1, "/srv/odd/vms") == [name.replace("\t", " ") + ".qcow2"]
    (listed,) = convirt.json("vm", "list")["vms"]
    assert (listed["name"], listed["state"], listed["managed"]) == (name, "running", True)
    assert name in convirt.done("vm", "info", vm)

    convirt.done("vm", "save", vm, "--to", saved)
    assert files_of(h1, "/srv/odd") == [f"{name}\n.saved"]
    convirt.done("vm", "restore", "--server", "h1", saved)
    assert convirt.json("vm", "info", vm)["vm"]["state"] == "running"
    (h1.folder / saved.lstrip("/")).unlink()

    convirt.done("vm", "kill", vm)
    convirt.done("vm", "remove", vm, "--yes")
    assert files_of(h1, "/srv/odd/vms") == []


@pytest.mark.parametrize("how", ["live", "offline"])
def test_a_vm_with_an_odd_name_and_path_travels(two_hosts: Lab, convirt: ConvirtHere, how: str) -> None:
    h1, h2, name = two_hosts.h1, two_hosts.h2, NAMES["substitution"] + NAMES["quotes"] + NAMES["commas"]
    h1.run("mkdir", "-p", FOLDER)
    convirt.done("provision", "disk", name, "--server", "h2", *(["--no-start"] if how == "offline" else []))
    answer = convirt.json("vm", "migrate", f"h2/{name}", "--to", "h1", "--copy-storage", "--yes")
    assert (answer["live"], vms_of(h1), vms_of(h2)) == (how == "live", [name], [])
    assert files_of(h1, f"{FOLDER}/vms") == [f"{name}.qcow2"]
    assert files_of(h2, f"{FOLDER}/vms") == []
    if how == "live":
        convirt.done("vm", "kill", f"h1/{name}")
    convirt.done("vm", "clone", f"h1/{name}", f"{name}2")
    for each in (name, f"{name}2"):
        convirt.done("vm", "remove", f"h1/{each}", "--yes")
    assert files_of(h1, f"{FOLDER}/vms") == []


def test_odd_paths_are_paths(two_hosts: Lab, convirt: ConvirtHere, prefix: str) -> None:
    h2, name = two_hosts.h2, f"{prefix}paths"
    convirt.done("provision", "disk", name, "--server", "h2")
    assert files_of(h2, f"{FOLDER}/vms") == [f"{name}.qcow2"]
    h2.run("mkdir", "-p", "/srv/odd")
    convirt.done("vm", "save", name, "--to", SAVED)
    assert files_of(h2, "/srv/odd") == [SAVED.rpartition("/")[2]]
    again = convirt("vm", "save", name, "--to", SAVED)
    assert again.code == REFUSED
    assert len(convirt.done("vm", "restore", "--server", "h2", SAVED).splitlines()) == 1
    again = convirt("vm", "save", name, "--to", SAVED)
    assert again.code == REFUSED
    check_one_sentence(again.err, "saved")
    assert convirt.json("vm", "info", name)["vm"]["state"] == "running"
    convirt.done("vm", "kill", name)
    convirt.done("vm", "remove", name, "--yes")
    assert files_of(h2, f"{FOLDER}/vms") == []


def test_a_disk_with_an_odd_path_is_attached(two_hosts: Lab, convirt: ConvirtHere, prefix: str) -> None:
    name, path = f"{prefix}attached", f"{FOLDER}/more.raw"
    convirt.done("provision", "disk", name, "--server", "h2")
    two_hosts.h2.run("qemu-img", "create", "-q", "-f", "raw", path, "1M")
    for where in ("--live", "--stored"):
        convirt.done("vm", "attach", "disk", name, path, "--format", "raw", "--target", "vdb", where)
    assert two_hosts.h2.run("virsh", "domblklist", "--inactive", name).count(path) == 1
    convirt.done("vm", "detach", "disk", name, "vdb", "--stored")
    assert path not in two_hosts.h2.run("virsh", "domblklist", "--inactive", name)
    convirt.done("vm", "kill", name)
    convirt.done("vm", "remove", name, "--yes")


def test_a_path_that_a_definition_would_change_is_refused(two_hosts: Lab, convirt: ConvirtHere, prefix: str) -> None:
    name = f"{prefix}refused"
    convirt.done("provision", "disk", name, "--server", "h2", "--no-start")
    for path, part in (("/srv/a\tb", "which a definition does not keep"), ("/srv/a\nb", "is one line, not several")):
        ended = convirt("vm", "attach", "disk", name, path, "--format", "raw")
        assert ended.code == USAGE
        check_one_sentence(ended.err, part)
    convirt.done("vm", "remove", name, "--yes")


def test_an_image_with_an_odd_file_is_sent_as_it_is(
    two_hosts: Lab, convirt: ConvirtHere, prefix: str, tmp_path: Path
) -> None:
    name, odd = f"{prefix}image", tmp_path / '-it\'s a "disk"\t$(touch hacked),\nü.qcow2'
    shutil.copy(convirt.home / "disk.qcow2", odd)
    template = ("--template", str(convirt.home / "template"))
    convirt.done("image", "add", "odd", "kvm", "lab", *template, "--disk", str(odd))
    convirt.done("provision", "odd", name, "--server", "h2")
    convirt.done("vm", "save", name, "--to", f"{SAVED}2")
    convirt.done("vm", "restore", "--server", "h2", f"{SAVED}2")
    two_hosts.h2.run("qemu-img", "info", "-U", "--backing-chain", f"{FOLDER}/vms/{name}.qcow2")
    convirt.done("vm", "kill", name)
    convirt.done("vm", "remove", name, "--yes")
    convirt.done("image", "remove", "odd", "--yes")


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
def test_what_cannot_be_a_name_is_refused_before_anything_is_sent(
    two_hosts: Lab, convirt: ConvirtHere, name: str, tmp_path: Path
) -> None:
    definition = tmp_path / "vm.cfg"
    definition.write_text("memory = 32\n")
    native = tmp_path / "vm.xml"
    native.write_text(
        f"<domain type='qemu'><name>{name}</name><memory>32768</memory><os><type>hvm</type></os></domain>"
    )
    wait_until_quiet(two_hosts.hosts)
    with watched() as seen:
        for words in (
            ("provision", "disk", name, "--server", "h1"),
            ("provision", "disk", name, "--pool", "h1"),
            ("vm", "create", str(definition), "--server", "h1", "--name", name),
            ("vm", "create", str(native), "--server", "h1"),
            ("vm", "clone", "h1/any", name),
        ):
            ended = convirt(*words)
            assert (ended.code, ended.out) == (USAGE, ""), (words, ended)
            check_one_sentence(ended.err)
        assert [dict(seen.connections(host)) for host in two_hosts.hosts] == [{}, {}]
