"""What stands in the way of a server, as `convirt server add` tells it: one sentence, and what to do about it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest
from labs.cli_here import ConvirtHere, Ran
from labs.command_line import Convirt
from labs.sentences import check_one_sentence
from labs.two_hosts import faults
from labs.two_hosts.client import NO_KEY
from labs.two_hosts.lab import Lab

pytestmark = pytest.mark.root

FAILED, NOT_FOUND, REFUSED, UNAVAILABLE = 1, 3, 4, 5
NOTHING = {"SSH_AUTH_SOCK": "", "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}


@pytest.fixture
def add(tmp_path: Path) -> Callable[..., Ran]:
    """`add(home, …)`: add the first host at no terminal, as the person with this home."""

    def add(home: Path, *words: str) -> Ran:
        convirt = ConvirtHere(tmp_path / "convirt")
        convirt.environment.update(NOTHING, HOME=str(home))
        ran = convirt("server", "add", "h1", "--address", "h1", *words)
        assert convirt.json("server", "list")["servers"] == []
        return ran

    return add


def check_told(said: str, part: str, remedy: str) -> None:
    """See that it was told in one sentence with this part, and with this in what to do."""
    check_one_sentence(said, part)
    assert remedy in said.partition(part)[2].partition("\n")[2], said


def test_a_changed_key_with_the_line_of_the_old_one(two_hosts: Lab, add) -> None:
    with faults.changed_host_key(two_hosts.h1):
        ended = add(two_hosts.client.home)
    assert ended.code == REFUSED
    known = two_hosts.client.home / ".ssh/known_hosts"
    check_told(
        ended.err, f"{known}, line 1 has ssh-ed25519 SHA256:", f"ssh-keygen -R '{two_hosts.h1.address}' -f {known}"
    )


def test_the_remedy_of_a_changed_key_is_one(two_hosts: Lab, add, tmp_path) -> None:
    home = two_hosts.client.make_home(tmp_path / "home")
    with faults.changed_host_key(two_hosts.h1):
        remedy = add(home).err.rpartition("forget the old key: ")[2].strip()
        subprocess.run(["sh", "-c", remedy], check=True, capture_output=True)
        assert "is new, and nobody has confirmed its key" in add(home).err


def test_a_server_without_libvirt(two_hosts: Lab, add) -> None:
    with faults.without_libvirt(two_hosts.h1):
        ended = [add(two_hosts.client.home), add(two_hosts.client.home, "--platform", "kvm")]
    assert [each.code for each in ended] == [NOT_FOUND] * 2
    for each in ended:
        check_told(each.err, "There is no libvirt on h1", "Install it there")


def test_a_libvirt_that_was_not_started(two_hosts: Lab, add) -> None:
    with faults.killed_libvirtd(two_hosts.h1):
        two_hosts.h1.socket.unlink(missing_ok=True)
        ended = [add(two_hosts.client.home), add(two_hosts.client.home, "--platform", "kvm")]
    assert [each.code for each in ended] == [UNAVAILABLE] * 2
    for each in ended:
        check_told(each.err, "libvirt does not run on h1", "Start it there")


def test_a_user_without_rights(two_hosts: Lab, add) -> None:
    ended = add(two_hosts.client.home, "--user", "visitor")
    assert ended.code == UNAVAILABLE
    check_told(ended.err, "You may not use libvirt on h1", "group libvirt")


def test_a_key_that_nobody_unlocks(two_hosts: Lab, add, tmp_path) -> None:
    ended = add(two_hosts.client.make_home(tmp_path / "home", key=two_hosts.client.locked_key))
    assert ended.code == UNAVAILABLE
    check_told(ended.err, f"The key {two_hosts.client.locked_key} is locked", "ssh-add")


def test_a_user_whom_nothing_lets_in(two_hosts: Lab, add, tmp_path) -> None:
    ended = add(two_hosts.client.make_home(tmp_path / "home", key=NO_KEY))
    assert ended.code == UNAVAILABLE
    check_told(ended.err, "does not let root in", "ssh-copy-id")


@contextmanager
def tiny_folder(folder: Path) -> Iterator[Path]:
    """A folder with a file system of its own, of one page."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("begins_empty", [True, False])
@pytest.mark.parametrize(("how", "why"), [("ro", "Read-only file system"), ("rw", "No space left on device")])
def test_a_known_hosts_that_cannot_be_written(two_hosts: Lab, add, tmp_path, begins_empty, how, why) -> None:
    home = two_hosts.client.make_home(tmp_path / "home", knows=False)
    config = home / ".ssh/config"
    with tiny_folder(tmp_path / "tiny") as folder:
        known, before = folder / "known_hosts", b"" if begins_empty else b"#" * 4095 + b"\n"
        known.write_bytes(before)
        if begins_empty:
            (folder / "filler").write_bytes(b"x" * 4096)
        config.write_text(f"UserKnownHostsFile {known}\n{config.read_text()}")
        subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True)
        ended = add(home, "--accept-new")
        assert known.read_bytes() == before
    assert ended.code == FAILED
    check_told(ended.err, f"{known}: {why}", "UserKnownHostsFile")


def typed_thrice(question: str, home: Path, folder: Path) -> tuple[int, str]:
    """Add the first host and answer a question wrongly as long as it is asked; the exit code, and what was said."""
    environment = {**Convirt(folder / "convirt").environment, **NOTHING, "HOME": str(home)}
    words = ["-m", "convirt_cli", "server", "add", "h1", "--address", "h1"]
    person = pexpect.spawn(sys.executable, words, env=environment, timeout=30, encoding="utf-8")
    asked = 0
    while not person.expect([question, pexpect.EOF]):
        person.sendline("wrong")
        asked += 1
    assert asked == 3
    said = person.before or ""
    person.close()
    return person.exitstatus or 0, said[said.index("Error") :].replace("\r\n", "\n")


def test_a_password_that_is_wrong_three_times(two_hosts: Lab, tmp_path) -> None:
    home = two_hosts.client.make_home(tmp_path / "home", key=NO_KEY)
    with faults.passwords(two_hosts.h1):
        code, said = typed_thrice("Password of root", home, tmp_path)
    assert code == UNAVAILABLE
    check_told(said, f"{two_hosts.h1.address} did not accept the password of root", "ssh root@")


def test_a_passphrase_that_is_wrong_three_times(two_hosts: Lab, tmp_path) -> None:
    home = two_hosts.client.make_home(tmp_path / "home", key=two_hosts.client.locked_key)
    code, said = typed_thrice("Passphrase of the key", home, tmp_path)
    assert code == UNAVAILABLE
    check_told(said, f"The passphrase of the key {two_hosts.client.locked_key} was wrong", "ssh-keygen -yf")
