"""Which keys servers are known by."""

from __future__ import annotations

import base64
import errno
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convirt_core.errors import ConfigError, OperationFailed, Refused
from convirt_core.remote import NobodyToAsk
from convirt_core.remote.ssh.host_keys import check_host_key, fingerprint, preferred_kinds
from convirt_core.remote.ssh.known_hosts import KnownKey, add_key, hash_name, known_keys, matches
from convirt_core.remote.ssh.route import Route

BLOB, OTHER = b"\0\0\0\x0bssh-ed25519" + b"a" * 36, b"\0\0\0\x0bssh-ed25519" + b"b" * 36
KEY, OTHER_KEY = base64.b64encode(BLOB).decode(), base64.b64encode(OTHER).decode()
KIND = "ssh-ed25519"

names = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,20}|\[[a-z0-9.]{1,10}\]:[0-9]{1,5}", fullmatch=True)


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "known_hosts"


class Yes(NobodyToAsk):
    def host_key(self, key) -> bool:
        return True


def route(file: Path, *, hashed: bool = False, port: int = 22) -> Route:
    return Route("host1", "root", port, known_hosts=(file,), hashes_names=hashed)


@given(name=names, hashed=st.booleans())
def test_what_is_added_is_found_again(tmp_path_factory, name, hashed):
    file = tmp_path_factory.mktemp("ssh") / "known_hosts"
    add_key(file, name, KIND, BLOB, hashed=hashed)
    assert known_keys([file], name) == [KnownKey(file, 1, KIND, BLOB, is_revoked=False)]
    assert known_keys([file], name + "x") == []
    assert file.read_text().startswith(f"{name} ") is not hashed


@given(name=names, other=names, salt=st.binary(min_size=20, max_size=20))
def test_a_hidden_name_means_one_host_only(name, other, salt):
    assert matches(hash_name(name, salt), name)
    assert matches(hash_name(name, salt), other) is (name == other)


def test_ssh_keygen_finds_what_we_hide(file):
    add_key(file, "[host1]:2222", KIND, BLOB, hashed=True)
    found = subprocess.run(
        ["ssh-keygen", "-F", "[host1]:2222", "-f", file], capture_output=True, text=True, check=False
    )
    assert "found: line 1" in found.stdout


@pytest.mark.parametrize(
    ("patterns", "name", "fits"),
    [
        ("host1,10.0.0.1", "10.0.0.1", True),
        ("*.example.org,!bad.example.org", "a.example.org", True),
        ("*.example.org,!bad.example.org", "bad.example.org", False),
        ("host?", "host1", True),
        ("[host1]:2222", "[host1]:2222", True),
        ("[host1]:2222", "host1", False),
        ("[host1]", "h", False),
        ("HOST1", "host1", True),
        ("|1|nonsense", "host1", False),
        ("|1|", "host1", False),
    ],
)
def test_patterns(patterns, name, fits):
    assert matches(patterns, name) is fits


@given(st.text())
def test_any_line_is_read_or_passed_over(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("ssh") / "known_hosts"
    file.write_text(text, errors="surrogateescape")
    known_keys([file], "host1")


def test_a_file_that_is_not_there_knows_nobody_and_one_that_cannot_be_read_is_an_error(tmp_path):
    assert known_keys([tmp_path / "nothing"], "host1") == []
    with pytest.raises(ConfigError):
        known_keys([tmp_path], "host1")


def test_a_line_is_added_after_one_without_an_end(file):
    file.write_text("# mine")
    add_key(file, "host1", KIND, BLOB, hashed=False)
    assert file.read_text() == f"# mine\nhost1 {KIND} {KEY}\n"


def test_on_a_full_disk_a_part_that_was_written_is_taken_back(file, monkeypatch):
    file.write_text("# mine\n")
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        if os.fstat(descriptor).st_size > 7:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:20])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OperationFailed, match="No space left") as error:
        add_key(file, "host1", KIND, BLOB, hashed=False)
    assert "UserKnownHostsFile" in error.value.remedy
    assert file.read_text() == "# mine\n"


def test_a_known_key_passes_and_a_new_one_is_asked_about_and_remembered(file):
    with pytest.raises(Refused, match=r"The server \[host1\]:2222 is new"):
        check_host_key(route(file, port=2222), KIND, BLOB, NobodyToAsk())
    check_host_key(route(file, port=2222), KIND, BLOB, Yes())
    check_host_key(route(file, port=2222), KIND, BLOB, NobodyToAsk())


def test_a_known_key_is_refused_if_another_is_expected(file):
    add_key(file, "host1", KIND, BLOB, hashed=False)
    check_host_key(route(file), KIND, BLOB, NobodyToAsk(), fingerprint(BLOB))
    with pytest.raises(Refused, match=r"shows another key .* than --host-key says"):
        check_host_key(route(file), KIND, BLOB, Yes(), fingerprint(OTHER))


def test_a_new_key_that_is_expected_is_remembered_without_a_question_and_another_is_not(file):
    with pytest.raises(Refused, match="than --host-key says"):
        check_host_key(route(file), KIND, OTHER, Yes(), fingerprint(BLOB))
    assert not file.exists()
    check_host_key(route(file), KIND, BLOB, NobodyToAsk(), fingerprint(BLOB))
    check_host_key(route(file), KIND, BLOB, NobodyToAsk())


def test_a_changed_key_is_refused_although_it_is_expected(file):
    add_key(file, "host1", KIND, BLOB, hashed=False)
    with pytest.raises(Refused, match="another key than before"):
        check_host_key(route(file), KIND, OTHER, NobodyToAsk(), fingerprint(OTHER))


def test_no_file_of_the_persons_means_that_nothing_is_remembered(file):
    check_host_key(Route("host1", "root", system_known_hosts=(file,)), KIND, BLOB, Yes())
    assert not file.exists()


def test_a_key_that_everybodys_file_has_is_known(tmp_path, file):
    file.write_text(f"host1 {KIND} {KEY}\n")
    own = tmp_path / "own"
    check_host_key(Route("host1", "root", known_hosts=(own,), system_known_hosts=(file,)), KIND, BLOB, NobodyToAsk())
    assert not own.exists()


def test_dev_null_as_the_persons_file_remembers_nothing_and_is_no_obstacle():
    check_host_key(route(Path("/dev/null")), KIND, BLOB, Yes())


def test_a_changed_key_is_refused_and_the_line_is_named(file):
    file.write_text(f"# first\nhost1 {KIND} {OTHER_KEY}\n")
    with pytest.raises(Refused, match=r"known_hosts, line 2") as error:
        check_host_key(route(file), KIND, BLOB, Yes())
    assert fingerprint(BLOB) in str(error.value)
    assert f"ssh-keygen -R 'host1' -f {file}" in error.value.remedy


def test_a_second_key_of_a_host_passes_too(file):
    file.write_text(f"host1 {KIND} {OTHER_KEY}\nhost1 {KIND} {KEY}\n")
    check_host_key(route(file), KIND, BLOB, NobodyToAsk())


def test_a_revoked_key_is_refused_even_where_it_is_known(file):
    file.write_text(f"host1 {KIND} {KEY}\n@revoked * {KIND} {KEY}\n")
    with pytest.raises(Refused, match="was revoked"):
        check_host_key(route(file), KIND, BLOB, Yes())


def test_known_kinds_are_asked_for_first():
    known = [KnownKey(Path("f"), 1, "ssh-rsa", b"", is_revoked=False)]
    offered = ["ssh-ed25519", "rsa-sha2-512", "ecdsa-sha2-nistp256"]
    assert preferred_kinds(offered, known) == ["rsa-sha2-512", "ssh-ed25519", "ecdsa-sha2-nistp256"]
    assert preferred_kinds(offered, []) == offered
