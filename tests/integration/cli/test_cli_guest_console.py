"""The serial console of a real guest, on a terminal and through pipes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pexpect
import pytest

pytestmark = [pytest.mark.root, pytest.mark.guest]


def test_a_person_talks_to_the_guest_and_leaves(lab, booted: str) -> None:
    child = lab.spawn("vm", "console", booted, "--force")
    child.expect(r"Ctrl-\] leaves")
    child.send("\r")
    child.expect("# ")
    child.send("echo $((6 * 7))-here\r")
    child.expect("42-here")
    child.setwinsize(50, 132)  # resize is harmless
    child.send("echo $((7 * 7))-there\r")
    child.expect("49-there")
    child.send("\x1d")
    child.expect("Left")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert lab.state(booted) == "running"


def test_the_terminal_is_put_back_whatever_ends_it(lab, booted: str) -> None:
    environment = {**os.environ, **lab.convirt.environment, "PS1": "ready> ", "TERM": "dumb"}
    shell = pexpect.spawn("bash", ["--norc", "--noprofile"], env=environment, timeout=30, encoding="utf-8")
    shell.expect("ready> ")
    shell.sendline(f"stty -g > {lab.convirt.home}/before; {sys.executable} -m convirt_cli vm console {booted} --force")
    shell.expect("leaves")
    listed = subprocess.run(["pgrep", "-f", f"vm console {booted}"], capture_output=True, text=True, check=False)
    os.kill(int(listed.stdout.split()[-1]), signal.SIGTERM)
    shell.expect("ready> ")
    shell.sendline(f"stty -g > {lab.convirt.home}/after; echo saved")
    shell.expect("\nsaved")
    shell.close(force=True)
    assert (lab.convirt.home / "before").read_text() == (lab.convirt.home / "after").read_text()


def test_a_script_reads_and_writes_through_pipes(lab, booted: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "convirt_cli", "vm", "console", booted, "--force", "--timeout", "4"],
        input="\necho $((6 * 7))-piped\n", capture_output=True, text=True, check=False, timeout=30,
        env={**os.environ, **lab.convirt.environment},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert "42-piped" in ran.stdout


def test_the_console_as_json(lab, booted: str) -> None:
    child = lab.spawn("vm", "console", booted, "--force", "--timeout", "1", "--json")
    child.expect('"ended": "timeout"')
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_a_console_in_use_is_refused_and_taken_by_force(lab, booted: str) -> None:
    first = lab.spawn("vm", "console", booted)
    first.expect("leaves")
    second = lab.spawn("vm", "console", booted)
    second.expect("Error")
    second.expect(pexpect.EOF)
    second.close()
    assert second.exitstatus == 4
    third = lab.spawn("vm", "console", booted, "--force")
    third.expect("leaves")
    first.expect(pexpect.EOF)
    first.close()
    third.send("\x1d")
    third.expect(pexpect.EOF)
    third.close()
    assert third.exitstatus == 0


def test_it_ends_when_the_vm_ends(lab, booted: str) -> None:
    child = lab.spawn("vm", "console", booted, "--force")
    child.expect("leaves")
    lab.convirt.done("vm", "kill", booted)
    child.expect(pexpect.EOF, timeout=10)
    child.close()
    assert child.exitstatus in {0, 5}
