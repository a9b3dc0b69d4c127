"""What a person types and reads is the same for KVM and Xen: one session with a real guest on each."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pexpect
import pytest
from attrs import frozen
from labs.cli_here import ConvirtHere
from labs.cli_record import paths
from labs.guest import GuestImage
from labs.shown import shape
from labs.tiny_image import tiny_image
from labs.xen.lab import XenLab
from labs.xen.managed import LONG, person_of

from convirt_core.services.images import ImageSource

pytestmark = [pytest.mark.root, pytest.mark.guest]

WAIT = f"{LONG:.0f}"
OF_A_PLATFORM = ("config.", "sections[].values.", "server.options")
"""What each platform says of its own."""
OWN_SECTIONS = {"KVM", "Acceleration", "Xen"}
"""Likewise what a person reads."""
HYPERVISOR = {"Hypervisor", "Processors for VMs", "Memory for VMs"}
"""Sections of `server info` that leave out what the system has said with the same value, down to nothing."""
WHERE_THERE_ARE_ANY = {"DISK", "FILE SYSTEM", "VOLUME GROUP", "LOGICAL VOLUME", "NETWORK CARD", "BRIDGE"}
"""Tables, by their first column: of what a machine or a VM has none there is no table."""
WHERE_THEY_DIFFER = {"From its next start on"}
"""In `vm info`, of sizes: what a hypervisor gives may be other than what is defined."""
SOMETIMES = OWN_SECTIONS | HYPERVISOR | WHERE_THERE_ARE_ANY | WHERE_THEY_DIFFER
"""All that a text may have on one of the two and not on the other."""


@frozen
class Typed:
    """How one session goes: what each command answered.

    :param texts: what a person reads, by command; without the platform's name
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

    def types(self, *words: str, own: tuple[str, ...] = ()) -> None:
        """Type a command, which must succeed; SERVER and VM stand for their names.

        :param own: options that only this platform or machine needs
        """
        self.texts[" ".join(words)] = self.convirt.done(*self._real(words), *own)

    def asks(self, *words: str) -> None:
        """Type a command with --json."""
        answer = self.convirt.json(*self._real(words))
        self.keys[" ".join(words)] = {known(path) for path in paths(answer) if not path.startswith(OF_A_PLATFORM)}

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


def lead(session: Session, add: tuple[str, ...], platform: str, image: ImageSource) -> Typed:
    """Type it all.

    :param add: options of this server alone
    """
    session.types("pool", "add", "lab")
    session.types("group", "add", "lab")
    session.types("server", "add", "SERVER", "--pool", "lab", own=("--platform", platform, *add))
    files = [word for what in ("kernel", "ramdisk", "template") for word in (f"--{what}", str(getattr(image, what)))]
    session.types("image", "add", "tiny", own=(platform, "lab", *files))
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
    named = f"with the platform {platform}."
    texts = {words: text.replace(named, "with its platform.") for words, text in session.texts.items()}
    return Typed(texts, session.keys)


@pytest.fixture(scope="module")
def on_kvm(libvirtd: None, guest_image: GuestImage, tmp_path_factory: pytest.TempPathFactory, prefix: str) -> Typed:
    """The session with this machine."""
    home = tmp_path_factory.mktemp("kvm")
    image = tiny_image(guest_image.kernel, guest_image.initrd, "ttyS0", home)
    return lead(Session(home, "srv", f"{prefix}same"), ("--option", "accelerator=tcg"), "kvm", image)


@pytest.fixture(scope="module")
def on_xen(
    xen_lab: XenLab, xen_image: ImageSource, tmp_path_factory: pytest.TempPathFactory, prefix: str
) -> Iterator[Typed]:
    """The session with the Xen server."""
    home = tmp_path_factory.mktemp("xen")
    try:
        with person_of(xen_lab):
            yield lead(Session(home, "srv", f"{prefix}same"), ("--address", xen_lab.name), "xen", xen_image)
    finally:
        xen_lab.remove(f"{prefix}same")


def always(typed: Typed) -> dict[str, list[tuple[str, list[str]]]]:
    """What each text is made of on every machine and platform, in its order."""
    return {
        words: [(title, inner) for title, inner in shape(text).items() if title not in SOMETIMES]
        for words, text in typed.texts.items()
    }


def tables(typed: Typed) -> dict[tuple[str, str], list[str]]:
    """The columns of what there may be none of, by the command and the first of them."""
    return {
        (words, title): columns
        for words, text in typed.texts.items()
        for title, columns in shape(text).items()
        if title in WHERE_THERE_ARE_ANY
    }


def test_every_answer_has_the_same_keys(on_kvm: Typed, on_xen: Typed) -> None:
    assert on_kvm.keys == on_xen.keys


def test_every_text_has_the_same_sentences_labels_and_columns(on_kvm: Typed, on_xen: Typed) -> None:
    assert always(on_kvm) == always(on_xen)


def test_what_both_machines_have_stands_in_the_same_columns(on_kvm: Typed, on_xen: Typed) -> None:
    here, there = tables(on_kvm), tables(on_xen)

    assert [one for one in here.keys() & there.keys() if here[one] != there[one]] == []
