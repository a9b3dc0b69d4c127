"""The program as a process: streams, signals, configuration, prompts, completion."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pexpect
import pytest

from convirt_cli import progress
from convirt_cli.__main__ import main
from convirt_cli.invocation import Invocation, interrupted_text
from convirt_core.app import Application
from convirt_core.model import Remain, Task, TaskState

if TYPE_CHECKING:
    from pathlib import Path


def finished(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_configuration_that_is_not_right_is_one_sentence_with_its_line(convirt, home: Path) -> None:
    (home / "config.toml").write_text("\nnosuch = 1\n")
    ran = convirt("pool", "list")
    assert ran.code == 2
    assert "line 2" in ran.err


def test_the_configuration_file_can_be_named(convirt, home: Path) -> None:
    (home / "other.toml").write_text(f"store_file = '{home / 'other.sqlite'}'\n")
    convirt("--config", str(home / "other.toml"), "pool", "add", "there")
    assert (home / "other.sqlite").exists()
    assert convirt.json("pool", "list") == {"pools": []}


def test_what_goes_on_is_logged_to_standard_error_when_asked(with_server) -> None:
    assert with_server("-vv", "vm", "list").code == 0


def test_a_reader_that_went_away_is_no_traceback(program: list[str], home: Path) -> None:
    process = subprocess.Popen([*program, "plugin", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=30) == 1


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_the_caller_closed_is_no_traceback(program: list[str], home: Path, closed: str) -> None:
    ran = finished("/bin/sh", "-c", f"exec {' '.join(program)} pool list {closed}")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("option", ["", "--json"])
def test_an_output_that_takes_no_more_is_named(program: list[str], home: Path, option: str) -> None:
    ran = finished("/bin/sh", "-c", f"exec {' '.join(program)} pool list {option} >/dev/full")
    assert (ran.returncode, ran.stderr) == (1, "Error: Standard output: No space left on device.\n")


def test_a_file_that_cannot_be_read_is_one_sentence(with_server, home: Path) -> None:
    ran = with_server("vm", "create", str(home / "nosuch"))
    assert ran.code == 2
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_ends_with_130(program: list[str], home: Path, number: signal.Signals) -> None:
    script = (
        "import sys, time; from convirt_cli.commands import pool; from convirt_cli.__main__ import main\n"
        "pool.pools.table = lambda *_: print('waits', file=sys.stderr, flush=True) or time.sleep(30)\n"
        "sys.exit(main(['pool', 'add', 'a']) or main(['pool', 'list']))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(number)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_a_question_is_asked_on_a_terminal_and_a_no_changes_nothing(program: list[str], home: Path) -> None:
    finished(*program, "pool", "add", "web")
    child = pexpect.spawn(program[0], [*program[1:], "pool", "remove", "web"], timeout=20)
    child.expect(r"Remove web\? \[y/N\]")
    child.sendline("n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    child = pexpect.spawn(program[0], [*program[1:], "pool", "remove", "web"], timeout=20)
    child.expect(r"Remove web\?")
    child.sendline("y")
    child.expect("Removed the pool web.")
    child.close()


@pytest.mark.parametrize("question", ["password('root', 'h1')", "passphrase('/id')", "host_key(key)", "keep('it')"])
@pytest.mark.parametrize("thread", ["main", "worker"])
def test_ctrl_c_at_a_question_on_the_way_to_a_server_is_an_interruption(home: Path, question: str, thread: str) -> None:
    script = (
        "import sys, threading; from convirt_cli.commands import pool; from convirt_cli.__main__ import main\n"
        "from convirt_cli.questions import TerminalQuestions; from convirt_core.remote.questions import HostKey\n"
        "from convirt_core.remote import calls; from convirt_core.remote.calls import Call\n"
        "calls.INTERRUPT_GRACE_SECONDS = 0.1\n"
        "key = HostKey('h1', 'ssh-ed25519', 'SHA256:x')\n"
        "def main_(ask): ask()\n"
        "def worker_(ask):\n"
        "    call = Call(ask, server='h1', deadline_seconds=20, on_given_up=lambda *_: None)\n"
        "    call.begin(); threading.Thread(target=call.perform, daemon=True).start(); call.result()\n"
        f"pool.pools.table = lambda *_: {thread}_(lambda: TerminalQuestions().{question})\n"
        "sys.exit(main(['pool', 'add', 'a']) or main(['pool', 'list']))"
    )
    child = pexpect.spawn(sys.executable, ["-c", script], timeout=20)
    child.expect([r"on h1: ", r"/id: ", r"\[y/N\]: "])
    time.sleep(0.2)
    child.sendintr()
    child.expect("Interrupted")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130


def test_a_terminal_is_shown_a_table(program: list[str], home: Path) -> None:
    finished(*program, "pool", "add", "web")
    child = pexpect.spawn(program[0], [*program[1:], "pool", "list"], timeout=20, env={**os.environ, "TERM": "xterm"})
    child.expect("web")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


@pytest.fixture
def bash(program: list[str], home: Path) -> pexpect.spawn:
    """A shell that completes `convirt`."""
    path = home / "bin"
    path.mkdir()
    (path / "convirt").write_text(f'#!/bin/sh\nexec {" ".join(program)} "$@"\n')
    (path / "convirt").chmod(0o755)
    environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}", "PS1": "ready> ", "TERM": "dumb"}
    child = pexpect.spawn("bash", ["--norc", "--noprofile"], env=environment, timeout=20, encoding="utf-8")
    child.expect("ready> ")
    child.sendline('eval "$(convirt completion bash)"; echo loaded')
    child.expect("\nloaded")
    child.expect("ready> ")
    return child


def test_bash_completes_commands_and_names(bash: pexpect.spawn, program: list[str], home: Path) -> None:
    finished(*program, "pool", "add", "web-front")
    bash.send("convirt po\t")
    bash.expect("pool ")
    bash.send("rename we\t")
    bash.expect("web-front ")
    bash.close()


def test_a_completion_that_fails_says_nothing(bash: pexpect.spawn, home: Path) -> None:
    (home / "data").mkdir(exist_ok=True)
    (home / "data" / "inventory.sqlite").write_bytes(b"no database" * 100)
    bash.send("convirt pool rename we\t\x15echo still here\n")
    bash.expect("\nstill here")
    assert "rror" not in (bash.before or "")
    bash.close()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(convirt, shell: str) -> None:
    answered = convirt.json("completion", shell)
    assert answered["shell"] == shell
    assert "_CONVIRT_COMPLETE" in answered["script"]
    assert "_CONVIRT_COMPLETE" in convirt("completion", shell).out


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("server info", "lab"),
        ("vm start", "test"),
        ("image info", ""),
        ("group rename", "linux"),
        ("task show", ""),
        ("plugin show", "platforms:test"),
        ("pool rename", "web"),
    ],
)
def test_names_of_every_kind_are_completed(with_server, monkeypatch, capsys, words: str, name: str) -> None:
    with_server("pool", "add", "web")
    with_server("group", "add", "linux")
    monkeypatch.setenv("_CONVIRT_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"convirt {words} ")
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) + 1))
    with pytest.raises(SystemExit):
        main(())
    captured = capsys.readouterr()
    assert captured.err == ""
    assert (f"plain,{name}" in captured.out.splitlines()) or not name


def test_progress_is_a_line_for_each_stage_without_a_terminal(convirt, capsys, monkeypatch) -> None:
    monkeypatch.setattr(progress, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr("convirt_core.services.tasks.handle._LOOK_SECONDS", 0.0)
    shown: queue.SimpleQueue[tuple[float | None, str]] = queue.SimpleQueue()

    class Watched(progress.Lines):
        def show(self, task: Task) -> None:
            super().show(task)
            shown.put((task.progress, task.message))

    monkeypatch.setattr(progress, "Lines", Watched)
    run = Invocation()

    def work(handle) -> str:
        for stage in ((None, "looks"), (0.1, "copies"), (0.2, "copies"), (0.9, "copies")):
            handle.progress(*stage)
            while shown.get(timeout=10) != stage:
                pass
        return "done"

    with progress.showing_progress(run):
        run.app.tasks.run("Test", "test", work)
    run.close()
    assert capsys.readouterr().err.splitlines() == ["… looks", "… copies (10%)", "… copies (90%)"]


def test_progress_is_a_bar_on_a_terminal(program: list[str], home: Path) -> None:
    script = (
        "from convirt_cli import progress; from convirt_cli.invocation import Invocation\n"
        "def work(handle):\n"
        "    handle.progress(0.5, '[b]copies'); input(); return 'done'\n"
        "run = Invocation()\n"
        "with progress.showing_progress(run): run.app.tasks.run('Test', 'test', work)\n"
        "run.close()"
    )
    child = pexpect.spawn(sys.executable, ["-c", script], timeout=20, env={**os.environ, "TERM": "xterm"})
    child.expect(r"\[b\]copies")
    child.expect("50%")
    child.sendline()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_an_interrupted_task_is_told_of_once(convirt, program: list[str], home: Path) -> None:
    script = (
        "import os; from convirt_core.app import Application\n"
        "Application.open().tasks.run('Test it', 'test', lambda handle: os._exit(9))"
    )
    assert finished(sys.executable, "-c", script).returncode == 9
    first, second = convirt("pool", "list"), convirt("pool", "list")
    assert "Test it was interrupted." in first.err
    assert second.err == ""


def test_who_waits_while_remains_are_removed_is_told_of_it(convirt, home: Path) -> None:
    convirt.done("server", "add", "host1", "--platform", "test", "--option", "uri=test:///default")
    leaving = (
        "import os; from convirt_core.app import Application; from convirt_core.model import Remain\n"
        "app = Application.open(); [server] = app.servers.all()\n"
        "def work(handle): handle.remember(Remain('file', server.id, '/x')); os._exit(9)\n"
        "app.tasks.run('Test it', 'test', work)"
    )
    assert finished(sys.executable, "-c", leaving).returncode == 9
    undoing = (
        "import time; from convirt_cli.invocation import Invocation; from convirt_core.services.tasks import recovery\n"
        "recovery.SLOW_SECONDS = 0.1; run = Invocation()\n"
        "run._opened().tasks.on_remain('file', lambda _: time.sleep(0.4))\n"
        "run.app.servers.all(); run.close()"
    )
    told = finished(sys.executable, "-c", undoing).stderr.splitlines()
    assert told[0] == "Undoing what an earlier task left on host1 …"
    assert told[1].startswith("Test it was interrupted.")


def test_what_an_interrupted_task_left_is_counted() -> None:
    task = Task("ab", "t", "Test it", TaskState.INTERRUPTED, "1@h", 0.0, 0.0, remains=(Remain("file", "s", "/x"),))
    assert interrupted_text(task) == (
        "Test it was interrupted. 1 of the things it made could not be removed yet. See 'convirt task show ab'."
    )


def test_a_failed_task_that_was_cleaned_up_after_is_told_as_failed() -> None:
    task = Task("ab", "t", "Test it", TaskState.FAILED, "1@h", 0.0, 0.0)
    assert interrupted_text(task) == "Test it failed. See 'convirt task show ab'."


def test_a_task_of_another_process_is_asked_to_stop(convirt, home: Path, monkeypatch) -> None:
    monkeypatch.setattr("convirt_core.services.tasks.handle._LOOK_SECONDS", 0.02)
    with Application.open() as other:

        def work(handle) -> str:
            while True:
                handle.check_cancelled()
                time.sleep(0.02)

        task = other.tasks.start("Long", "test", work)
        cancelled = convirt.json("task", "cancel", task.id)["results"][0]
        assert cancelled["message"] == "Asked to stop: Long."
        ended = list(other.tasks.watch(task.id))[-1]
        assert ended.state is TaskState.CANCELLED


@pytest.mark.parametrize(
    ("words", "sentence", "path"),
    [
        (["vm", "info"], "Missing argument 'VM...'.", "convirt vm info"),
        (["vm", "start", "x", "--frce"], "No such option", "convirt vm start"),
        (["vm", "strat"], "No such command 'strat'. Did you mean 'start'?", "convirt vm"),
        (["vm", "start", "x", "--deadline", "-1"], "Invalid value for '--deadline'", "convirt vm start"),
        (["completion"], "Missing argument", "convirt completion"),
        (["pool", "set", "x"], "Say what to change", "convirt pool set"),
        (["--nosuch"], "No such option", "convirt"),
    ],
)
def test_wrong_usage_is_one_sentence_and_where_to_look(convirt, words: list[str], sentence: str, path: str) -> None:
    ran = convirt(*words)
    assert (ran.code, ran.out) == (2, "")
    said, remedy = ran.err.splitlines()
    assert said.startswith(f"Error: {sentence}")
    assert remedy == f"  Try '{path} --help'."


def test_wrong_usage_says_in_json_where_to_look(convirt) -> None:
    assert convirt("vm", "start", "--json").json["error"] == {
        "kind": "usage",
        "message": "No VM was named, nor all of a server with --all-of SERVER.",
        "remedy": "Try 'convirt vm start --help'.",
    }


def test_a_group_without_a_command_shows_its_help(convirt) -> None:
    ran = convirt("vm")
    assert ran.code == 2
    assert ran.err.startswith("Usage: convirt vm")
