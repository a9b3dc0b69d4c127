"""Names and paths that a shell, a parser or a terminal could take for something else, over ssh."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from labs.cli_here import ConvirtHere, Ran
from labs.sentences import check_one_sentence
from labs.two_hosts.counting import connections
from labs.two_hosts.host import Host
from labs.two_hosts.lab import Lab
from labs.two_hosts.watch import watched

pytestmark = [pytest.mark.root, pytest.mark.guest]

USAGE = 2
NAMES = {
    "quotes": 'it\'s a "name"',
    "blanks": "two  blanks",
    "tab": "a\ttab",
    "substitution": "$(touch /tmp/hacked)",
    "backquotes": "`touch /tmp/hacked`; touch /tmp/hacked & | > < \\",
    "variable": "$HOME${IFS}$VM_DISKS_DIR",
    "option": "-rf",
    "long-option": "--help",
    "commas": "a,b,,c=d:e",
    "patterns": "*?[a]{b,c}~!#%s%n",
    "markup": "<b>&amp;]]>",
    "not-ascii": "Käse ☃ 名前",
}
BAD = {
    "newline": "a\nb",
    "slash": "a/b",
    "dot": ".",
    "dots": "..",
    "long": "a" * 256,
    "empty": "",
    "escape": "a\x1b[2J",
}
FOLDER = '/srv/odd -it\'s a "folder"\t$(touch /tmp/hacked)\n,vda,ü ☃'
TEMPLATE = "name = '$VM_NAME'\nmemory = 32\nvcpus = 1\ndisk = ['tap:qcow2:$VM_DISKS_DIR/$VM_NAME.qcow2,vda,w']\n"


@pytest.fixture(scope="module")
def convirt(two_hosts: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConvirtHere]:
    """A `convirt` with the server h1 over ssh and the image `disk`."""
    home = tmp_path_factory.mktemp("odd")
    convirt = ConvirtHere(home, guest=True)
    convirt.environment["HOME"] = str(two_hosts.client.home)
    convirt.done("pool", "add", "lab")
    convirt.done("pool", "set", "lab", "VM_DISKS_DIR=/srv/odd/vms", "VM_IMAGES_DIR=/srv/odd/images")
    options = ("--platform", "kvm", "--pool", "lab", "--option", "accelerator=tcg")
    convirt.done("server", "add", "h1", "--address", "h1", *options)
    disk, template = home / "disk.qcow2", home / "template"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", disk, "1M"], check=True)
    template.write_text(TEMPLATE)
    convirt.done("group", "add", "lab")
    convirt.done("image", "add", "disk", "kvm", "lab", "--template", str(template), "--disk", str(disk))
    yield convirt
    assert convirt.json("vm", "list")["vms"] == []


@pytest.fixture(autouse=True)
def nothing_is_executed(two_hosts: Lab) -> Iterator[None]:
    yield
    assert not Path("/tmp/hacked").exists()
    assert not (two_hosts.h1.folder / "tmp/hacked").exists()


def names_on(host: Host) -> list[str]:
    """The VMs that libvirt knows."""
    return host.virsh("list", "--all", "--name").splitlines()


def files_in(host: Host, folder: str) -> list[str]:
    return sorted(path.name for path in (host.folder / folder.lstrip("/")).iterdir())


def test_a_vm_lives_under_an_odd_name(two_hosts: Lab, convirt: ConvirtHere, odd_name: str) -> None:
    vm, saved = f"h1/{odd_name}", f"/srv/odd/{odd_name}\n.saved"
    assert convirt.json("provision", "disk", "--server", "h1", "--", odd_name)["vm"] == odd_name
    assert odd_name in two_hosts.h1.run("virsh", "list", "--name")
    assert files_in(two_hosts.h1, "/srv/odd/vms") == [f"{odd_name}.qcow2"]
    (listed,) = convirt.json("vm", "list")["vms"]
    assert (listed["name"], listed["state"], listed["managed"]) == (odd_name, "running", True)

    convirt.done("vm", "save", vm, "--to", saved)
    assert f"{odd_name}\n.saved" in files_in(two_hosts.h1, "/srv/odd")
    convirt.done("vm", "restore", "--server", "h1", saved)
    assert convirt.json("vm", "info", vm)["vm"]["state"] == "running"

    convirt.done("vm", "kill", vm)
    convirt.done("vm", "clone", vm, "--", f"{odd_name}2")
    convirt.done("vm", "remove", f"h1/{odd_name}2", "--yes")
    convirt.done("vm", "remove", "--yes", vm)
    (two_hosts.h1.folder / saved.lstrip("/")).unlink()
    assert files_in(two_hosts.h1, "/srv/odd/vms") == []
    assert names_on(two_hosts.h1) == []


@pytest.fixture(params=NAMES.values(), ids=NAMES)
def odd_name(request: pytest.FixtureRequest, two_hosts: Lab) -> Iterator[str]:
    yield request.param
    for key in two_hosts.h1.virsh("list", "--uuid").split():
        two_hosts.h1.virsh("destroy", key)
    for key in two_hosts.h1.virsh("list", "--all", "--uuid").split():
        two_hosts.h1.virsh("undefine", key)
