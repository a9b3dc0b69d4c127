"""The proof of an accelerator, with a real QEMU."""

import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from convirt_core.remote import LocalProxy
from convirt_kvm import acceleration
from convirt_kvm.acceleration import DEVICE, Verdict, prove_kvm, run_guest
from convirt_kvm.emulator import Emulator, find_emulator


@pytest.fixture
def proxy() -> LocalProxy:
    return LocalProxy()


@pytest.fixture
def emulator(proxy) -> Emulator:
    found = find_emulator(proxy)
    if found is None or found.arch != "x86_64":
        pytest.skip("no QEMU for x86_64 here")
    return found


@pytest.fixture
def scratch(tmp_path, monkeypatch) -> Path:
    """Where the server's temporary files go, and nobody else's."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def probes() -> list[str]:
    found = subprocess.run(["pgrep", "-f", "isa-debug-exit|convirt-slow-qemu"], check=False, capture_output=True)
    return found.stdout.decode().split()


def test_the_guest_runs_to_its_end_under_emulation(proxy, emulator, scratch):
    begin = time.monotonic()
    assert run_guest(proxy, emulator, "tcg").verdict is Verdict.WORKS
    assert time.monotonic() - begin < acceleration.PROOF_SECONDS
    assert list(scratch.iterdir()) == []


def test_an_accelerator_that_qemu_does_not_know_is_refused_in_its_words(proxy, emulator, scratch):
    proof = run_guest(proxy, emulator, "magic")
    assert proof.verdict is Verdict.BROKEN
    assert "magic" in proof.reason
    assert list(scratch.iterdir()) == []


def test_kvm_is_judged_by_what_it_does_and_nothing_stays_behind(proxy, emulator, scratch):
    if not Path(DEVICE).exists():
        pytest.skip(f"no {DEVICE} here")
    before, begin = probes(), time.monotonic()
    proof = prove_kvm(proxy)
    assert time.monotonic() - begin < acceleration.PROOF_SECONDS + 3
    assert proof.reason
    assert probes() == before
    assert list(scratch.iterdir()) == []


def test_a_guest_that_hangs_is_ended_even_if_it_does_not_listen(proxy, scratch, tmp_path, monkeypatch):
    slow = tmp_path / "convirt-slow-qemu"
    slow.write_text("#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 0.2; done\n")
    slow.chmod(0o755)
    monkeypatch.setattr(acceleration, "PROOF_SECONDS", 0.5)
    proof = run_guest(proxy, Emulator(str(slow), "x86_64"), "kvm")
    assert proof.verdict is Verdict.BROKEN
    assert "hung" in proof.reason
    assert probes() == []
    assert list(scratch.iterdir()) == [slow]


def test_a_client_that_is_killed_leaves_no_file(scratch):
    """The file has no name by the time QEMU starts, so that nobody has to remove it."""
    script = acceleration._SCRIPT
    argv = ["sh", "-c", script, "sh", "5", "sleep", "1"]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True)
    process.stdin.close()
    time.sleep(0.3)
    assert list(scratch.iterdir()) == []
    process.kill()
    process.wait()
