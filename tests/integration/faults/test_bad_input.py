"""What people type wrong: one sentence, an exit code that says the kind, no traceback, and nothing is done."""

from __future__ import annotations

from pathlib import Path

import pytest
from labs.guest import virsh
from labs.managed import Lab, copy_home
from labs.sentences import check_refusal

pytestmark = [pytest.mark.root, pytest.mark.guest]

FAILED, USAGE, NOT_FOUND, REFUSED = 1, 2, 3, 4

BOMB = """\
<?xml version="1.0"?>
<!DOCTYPE domain [
 <!ENTITY a "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa">
 <!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
 <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
 <!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
 <!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;">
 <!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">
]>
<domain type='qemu'><name>bomb</name><description>&f;</description></domain>
"""
ENTITY = """\
<!DOCTYPE domain [<!ENTITY secret SYSTEM "file:///etc/hostname">]>
<domain type='qemu'><name>&secret;</name></domain>
"""
FILES = {
    "bomb.xml": BOMB,
    "entity.xml": ENTITY,
    "torn.xml": "<domain type='qemu'><name>torn</name>",
    "other.xml": "<network><name>other</name></network>",
    "nameless.xml": "<domain type='qemu'><memory>65536</memory><os><type>hvm</type></os></domain>",
    "nameless.cfg": "memory = 64\n",
    "unknown.cfg": "name = 'x'\nmemory = 64\nmemroy = 64\n",
    "negative.cfg": "name = 'x'\nmemory = -64\n",
    "code.cfg": "name = __import__('os').getcwd()\n",
    "mac.cfg": "name = 'x'\nmemory = 64\nvif = ['mac=00:16:3e:zz:00:01,bridge=br0']\n",
    "path.cfg": "name = '../../x'\nmemory = 64\n",
    "broken.cfg": "name = 'x\n",
    "empty.cfg": "",
}


@pytest.fixture(scope="module")
def lab(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """One home for all of these, for nothing is done."""
    folder = tmp_path_factory.mktemp("bad")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (folder / "latin.cfg").write_bytes("name = 'Käse'\n".encode("latin-1"))
    return Lab(copy_home(prepared, folder / "home"), folder)


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        ("vm start nosuch", NOT_FOUND, "There is no VM 'nosuch'"),
        ("vm info ../nosuch", NOT_FOUND, "There is no server '..'"),
        ("provision nosuch x", NOT_FOUND, "There is no image 'nosuch'"),
        ("image info nosuch", NOT_FOUND, "nosuch"),
        ("provision tiny x --server nosuch", NOT_FOUND, "nosuch"),
        ("pool remove nosuch --yes", NOT_FOUND, "nosuch"),
        ("task show nosuch", NOT_FOUND, "nosuch"),
        ("provision tiny ../x", USAGE, "../x"),
        ("provision tiny a/b", USAGE, "a/b"),
        ("provision tiny x --memory -5", USAGE, "-5"),
        ("provision tiny x --memory nonsense", USAGE, "nonsense"),
        ("provision tiny x --set memory=-5", USAGE, "-5"),
        ("provision tiny x --set nosuchkey=1", USAGE, "nosuchkey"),
        ("provision tiny x --set vif=['mac=00:16:3e:zz:00:01']", USAGE, "00:16:3e:zz:00:01"),
        ("provision tiny x --vcpus 0", USAGE, "0"),
        ("image add ../x kvm lab --disk /etc/hostname", USAGE, "../x"),
        ("image add x kvm lab --disk /nosuch", USAGE, "/nosuch"),
        ("image add x nosuch lab --disk /etc/hostname", NOT_FOUND, "nosuch"),
        ("image add x kvm nosuch --disk /etc/hostname", NOT_FOUND, "nosuch"),
        ("pool add ../x", USAGE, "../x"),
        ("pool add lab", REFUSED, "lab"),
        ("server add here --platform kvm", REFUSED, "here"),
        ("server add x --platform nosuch", NOT_FOUND, "nosuch"),
        ("vm create {folder}/nosuch.xml", USAGE, "nosuch.xml"),
        ("vm create {folder}", USAGE, "directory"),
        ("vm create {folder}/bomb.xml", USAGE, "bomb.xml"),
        ("vm create {folder}/entity.xml", USAGE, "entity.xml"),
        ("vm create {folder}/torn.xml", USAGE, "torn.xml"),
        ("vm create {folder}/other.xml", USAGE, "other.xml"),
        ("vm create {folder}/nameless.xml", USAGE, "name"),
        ("vm create {folder}/nameless.cfg", USAGE, "name"),
        ("vm create {folder}/unknown.cfg", USAGE, "memroy"),
        ("vm create {folder}/negative.cfg", USAGE, "-64"),
        ("vm create {folder}/code.cfg", USAGE, "code.cfg, line 1, column 8"),
        ("vm create {folder}/mac.cfg", USAGE, "00:16:3e:zz:00:01"),
        ("vm create {folder}/path.cfg", USAGE, "../../x"),
        ("vm create {folder}/broken.cfg", USAGE, "broken.cfg, line 1"),
        ("vm create {folder}/empty.cfg", USAGE, "name"),
        ("vm create {folder}/latin.cfg", USAGE, "latin.cfg"),
        ("vm restore --server here /nosuch", NOT_FOUND, "/nosuch"),
    ],
)
def test_it_is_told_in_one_sentence(lab: Lab, words: str, code: int, part: str) -> None:
    before = virsh("list", "--all", "--name")

    ended = lab.convirt(*words.format(folder=lab.folder).split(" "))

    check_refusal(ended, code, part)
    assert virsh("list", "--all", "--name") == before


@pytest.fixture
def vm(outside) -> str:
    """The name of a stopped VM."""
    guest = outside()
    guest.define()
    return guest.name


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        ("vm set {vm} memory=-5", USAGE, "-5"),
        ("vm set {vm} memory=0", USAGE, "0"),
        ("vm set {vm} memory=much", USAGE, "much"),
        ("vm set {vm} nosuchkey=1", USAGE, "nosuchkey"),
        ("vm set {vm} memory", USAGE, "memory"),
        ("vm set {vm} name=../x", USAGE, "../x"),
        ("vm set {vm} vcpus=-1", USAGE, "-1"),
        ("vm set {vm} memory=64 --live", REFUSED, "{vm}"),
        ("vm pause {vm}", REFUSED, "{vm}"),
        ("vm shutdown {vm} --deadline -1", USAGE, "-1"),
        ("vm save {vm} --to relative/path", USAGE, "relative/path"),
        ("vm clone {vm} ../x", USAGE, "../x"),
        ("vm snapshot revert {vm} nosuch --yes", NOT_FOUND, "nosuch"),
        ("vm detach disk {vm} vdz", NOT_FOUND, "vdz"),
        ("vm console {vm}", REFUSED, "{vm}"),
    ],
)
def test_what_is_asked_of_a_vm_is_refused_in_one_sentence(lab: Lab, vm: str, words: str, code: int, part: str) -> None:
    before = virsh("dumpxml", vm)

    ended = lab.convirt(*words.format(vm=vm).split(" "))

    check_refusal(ended, code, part.format(vm=vm))
    assert virsh("dumpxml", vm) == before
