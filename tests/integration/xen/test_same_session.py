"""What a person types and reads is the same for KVM and Xen: one session with a real guest on each."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pexpect
import pytest
from attrs import frozen
from labs.cli_here import ConvirtHere
from labs.cli_record import paths
from labs.guest import GuestImage
from labs.xen.guest import KERNEL, RAMDISK
from labs.xen.lab import XenLab
from labs.xen.managed import LONG, person_of

pytestmark = [pytest.mark.root, pytest.mark.guest]

TEMPLATE = """\
name = '$VM_NAME'
memory = 128
vcpus = 1
kernel = '$KERNEL'
ramdisk = '$RAMDISK'
extra = 'console={} quiet'
"""
WAIT = f"{LONG:.0f}"
OF_A_PLATFORM = ("config.", "sections[].values.", "server.options")
"""What each platform says of its own."""


@frozen
class Typed:
    """How one session goes: what each command answered.

    :param texts: what a person reads, by command
    :param keys: of the JSON, by command
    """

    texts: Mapping[str, str]
    keys: Mapping[str, set[str]]


class Session:
    """A person at a terminal with one server and one VM."""

    def __init__(self, home: Path, server: str, vm: str) -> None:
        self.convirt = ConvirtHere(home, guest=True)
        self.server, self.vm = server, vm
        self.texts: dict[str, str] = {}
        self.keys: dict[str, set[str]] = {}

    def types(self, *words: str) -> str:
        """Type a command, which must succeed; SERVER and VM stand for their names."""
        said = self.convirt.done(*self._real(words))
        self.texts[" ".join(words)] = said
        return said

    def asks(self, *words: str) -> Any:
        """Type a command with --json."""
        answer = self.convirt.json(*self._real(words))
        self.keys[" ".join(words)] = {known(path) for path in paths(answer) if not path.startswith(OF_A_PLATFORM)}
        return answer

    def talks(self) -> None:
        """Open the console, type a command in the guest, read what it says, and leave."""
        environment = {**self.convirt.environment, "TERM": "xterm"}
        words = ["env", *(f"{key}={value}" for key, value in environment.items()), sys.executable, "-m", "convirt_cli"]
        child = pexpect.spawn(words[0], [*words[1:], "vm", "console", self.vm], timeout=LONG, encoding="utf-8")
        try:
            child.expect("Ctrl-]")
            self._until_it_answers(child)
            child.send("\x1d")
            child.expect(pexpect.EOF)
        finally:
            child.close(force=True)
        assert child.exitstatus == 0

    def _until_it_answers(self, child: pexpect.spawn) -> None:
        """What is typed before the guest is up is lost."""
        for _ in range(int(LONG / 5)):
            child.send("echo said-$((6 * 7))\n")
            if child.expect(["said-42", pexpect.TIMEOUT], timeout=5) == 0:
                return
        raise AssertionError(f"{self.vm} does not answer")

    def _real(self, words: tuple[str, ...]) -> list[str]:
        return [{"SERVER": self.server, "VM": self.vm}.get(word, word) for word in words]


def known(path: str) -> str:
    """A key as every server has it: what it has none of, such as bridges, is an empty list."""
    return path.partition("[]")[0] if path.startswith("environment.") else path


def lead(session: Session, add: tuple[str, ...], platform: str, image: tuple[str, ...]) -> Typed:
    """Type it all."""
    session.convirt.done("pool", "add", "lab")
    session.convirt.done("group", "add", "lab")
    session.convirt.done("server", "add", session.server, *add, "--platform", platform, "--pool", "lab")
    session.convirt.done("image", "add", "tiny", platform, "lab", *image)
    session.types("server", "list")
    session.types("provision", "tiny", "VM", "--server", "SERVER")
    session.talks()
    for words in (("vm", "list"), ("vm", "info", "VM"), ("stats",), ("server", "info", "SERVER")):
        session.types(*words)
        session.asks(*words)
    for operation in ("pause", "resume", "reboot"):
        session.types("vm", operation, "VM", "--deadline", WAIT)
    session.talks()
    session.asks("vm", "shutdown", "VM", "--deadline", WAIT)
    session.asks("vm", "start", "VM", "--deadline", WAIT)
    session.asks("vm", "kill", "VM", "--deadline", WAIT)
    session.asks("task", "list")
    session.types("vm", "remove", "VM", "--yes", "--deadline", WAIT)
    session.types("server", "remove", "SERVER", "--yes")
    return Typed(session.texts, session.keys)


@pytest.fixture(scope="module")
def on_kvm(libvirtd: None, guest_image: GuestImage, tmp_path_factory: pytest.TempPathFactory, prefix: str) -> Typed:
    """The session with this machine."""
    home = tmp_path_factory.mktemp("kvm")
    template = home / "template"
    template.write_text(TEMPLATE.format("ttyS0"))
    image = ("--kernel", str(guest_image.kernel), "--ramdisk", str(guest_image.initrd), "--template", str(template))
    return lead(Session(home, "srv", f"{prefix}same"), ("--option", "accelerator=tcg"), "kvm", image)


@pytest.fixture(scope="module")
def on_xen(xen_lab: XenLab, tmp_path_factory: pytest.TempPathFactory, prefix: str) -> Iterator[Typed]:
    """The session with the Xen server."""
    home = tmp_path_factory.mktemp("xen")
    files = [fetched(xen_lab, path, home) for path in (KERNEL, RAMDISK)]
    template = home / "template"
    template.write_text(TEMPLATE.format("hvc0"))
    image = ("--kernel", str(files[0]), "--ramdisk", str(files[1]), "--template", str(template))
    try:
        with person_of(xen_lab):
            yield lead(Session(home, "srv", f"{prefix}same"), ("--address", xen_lab.name), "xen", image)
    finally:
        xen_lab.remove(f"{prefix}same")


def fetched(lab: XenLab, path: str, folder: Path) -> Path:
    """Copy a file of dom0's into a folder."""
    copy = folder / Path(path).name
    with copy.open("wb") as file:
        subprocess.run(lab.ssh("cat", path), stdout=file, check=True, timeout=LONG)
    return copy


def shape(text: str) -> list[str]:
    """The first words of the lines: titles of columns and names of facts; of a sentence only that it is one."""
    lines = text.splitlines()
    return ["a sentence"] if len(lines) == 1 else lines[0].split()


def test_every_answer_has_the_same_keys(on_kvm: Typed, on_xen: Typed) -> None:
    assert on_kvm.keys == on_xen.keys


def test_every_text_has_the_same_shape(on_kvm: Typed, on_xen: Typed) -> None:
    assert {words: shape(text) for words, text in on_kvm.texts.items()} == {
        words: shape(text) for words, text in on_xen.texts.items()
    }


@pytest.mark.parametrize("operation", ["pause", "resume", "reboot", "remove"])
def test_what_was_done_is_said_in_the_same_words(on_kvm: Typed, on_xen: Typed, operation: str) -> None:
    said = [[text for words, text in one.texts.items() if f"vm {operation}" in words] for one in (on_kvm, on_xen)]

    assert said[0] == said[1]
