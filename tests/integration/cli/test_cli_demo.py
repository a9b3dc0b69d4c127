"""The demonstration: shown whole, and interrupted at each of its steps."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from labs import cli_record
from labs.remains import remains
from labs.sources import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

pytestmark = [pytest.mark.root, pytest.mark.guest]

STEPS = (
    "adds the server",
    "adds the image",
    "provisions the VM",
    "starts it and reads its serial console",
    "takes its statistics",
    "pauses it",
    "resumes it",
    "saves it",
    "restores it",
    "shuts it down",
    "removes it",
    "clears up",
)
DISKS = Path("/var/lib/convirt/vms")
COPIES = Path("/var/lib/convirt/images")
GUEST = Path(os.environ.get("CONVIRT_LAB_DIR", ROOT / ".lab")).resolve() / "guest"
DOOR = ("sh", "-c", "trap : INT; make demo; exit $?")
"""A shell that outlives Ctrl-C: make itself ends by the signal, which the shell shows as 130."""


class Demo:
    """A demonstration in a process group of its own, with an inventory of its own.

    :param command: what starts it; none: `convirt demo`, recorded
    """

    def __init__(self, home: Path, *arguments: str, command: Sequence[str] = ()) -> None:
        self.home = home
        self.copies_before = set(COPIES.glob("*"))
        kept = home / "data" / "demo"
        kept.mkdir(parents=True)
        (kept / "guest").symlink_to(GUEST)  # built once for all tests
        environment = {
            **os.environ,
            "CONVIRT_CONFIG": str(home / "config.toml"),
            "CONVIRT_DATA": str(home / "data"),
            "PYTHONPATH": str(Path(cli_record.__file__).parent.parent),
        }
        environment.setdefault(cli_record.RECORD, str(home / "record"))
        self.process = subprocess.Popen(
            [*(command or (sys.executable, "-u", cli_record.__file__, "demo")), *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # SIGINT as in a shell, whatever this process has inherited; no other thread runs
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
        )
        self.said = ""

    def read_until(self, words: str) -> None:
        """Read until it announces a step."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if words in line:
                return
        pytest.fail(f"it never said {words!r}, but:\n{self.said}")

    def interrupt(self, number: int = signal.SIGINT) -> None:
        """Send a signal to the whole group, as a terminal does."""
        os.killpg(self.process.pid, number)

    def end(self) -> int:
        """Read to the end; return the exit code."""
        assert self.process.stdout is not None
        self.said += self.process.stdout.read()
        return self.process.wait(timeout=60)

    def remains(self) -> list[str]:
        """Name what is left on the hypervisor, on the disk and in the inventory."""
        names = {word.rstrip(".,:") for word in self.said.split() if word.startswith("demo-")}
        files = [path for path in DISKS.glob("demo-*") if path.name.split(".")[0] in names]
        kept = [*files, *(set(COPIES.glob("*")) - self.copies_before), *(self.home / "data" / "images").glob("*")]
        on_host = [thing for name in names for thing in remains(name)]
        return [*on_host, *map(str, kept), *self._rows()]

    def _rows(self) -> list[str]:
        """Name each table of the inventory with a row about the demonstration, or about any task."""
        with closing(sqlite3.connect(self.home / "data" / "inventory.sqlite")) as store:
            tables = [name for (name,) in store.execute("select name from sqlite_master where type = 'table'")]
            rows = {table: store.execute(f"select * from {table}").fetchall() for table in tables}
        return [
            table
            for table, found in rows.items()
            if any("demo-" in str(row) for row in found) or (table.startswith("task") and found)
        ]


@pytest.fixture
def demos(tmp_path: Path, libvirtd: None, guest_image: object) -> Iterator[list[Demo]]:
    """Where a test puts its demonstrations, to be ended with it."""
    begun: list[Demo] = []
    yield begun
    for demo in begun:
        if demo.process.poll() is None:
            demo.interrupt()
            demo.end()
        if demo.process.stdout is not None:
            demo.process.stdout.close()


def test_it_shows_a_vms_whole_life_and_leaves_nothing(demos: list[Demo], tmp_path: Path) -> None:
    demo = Demo(tmp_path, "--json")
    demos.append(demo)
    assert demo.end() == 0, demo.said
    assert [step for step in STEPS if f"» {step}" not in demo.said] == []
    assert "LAB-GUEST-READY token=" in demo.said
    assert "LAB-GUEST-POWERBUTTON" in demo.said
    assert '"marker": "LAB-GUEST-READY token=' in demo.said
    assert demo.remains() == []


@pytest.mark.parametrize("step", STEPS)
def test_interrupted_at_any_step_it_leaves_nothing_within_15_seconds(
    demos: list[Demo], tmp_path: Path, step: str
) -> None:
    demo = Demo(tmp_path)
    demos.append(demo)
    demo.read_until(f"» {step}")
    if step in {"provisions the VM", "saves it"}:
        time.sleep(0.3)  # in the midst of it
    began = time.monotonic()
    demo.interrupt()
    code = demo.end()
    took = time.monotonic() - began
    assert demo.remains() == [], demo.said
    assert code == 130, demo.said
    assert took < 15, demo.said
    assert "Traceback" not in demo.said


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_interrupted_behind_its_door_it_leaves_nothing_within_15_seconds(demos: list[Demo], tmp_path: Path) -> None:
    demo = Demo(tmp_path, command=DOOR)
    demos.append(demo)
    demo.read_until("» starts it")
    began = time.monotonic()
    demo.interrupt()
    code = demo.end()
    took = time.monotonic() - began
    assert demo.remains() == [], demo.said
    assert code == 130, demo.said
    assert took < 15, demo.said
    assert "Traceback" not in demo.said


def test_a_second_interrupt_does_not_disturb_the_clearing_up(demos: list[Demo], tmp_path: Path) -> None:
    demo = Demo(tmp_path)
    demos.append(demo)
    demo.read_until("» pauses it")
    demo.interrupt(signal.SIGTERM)
    time.sleep(0.2)
    demo.interrupt()
    assert demo.end() == 130, demo.said
    assert demo.remains() == []


ALONE = """
mount -t tmpfs none /run && mkdir /run/lock
for folder in /etc/libvirt/qemu /var/lib/libvirt /var/cache/libvirt /var/log/libvirt; do
    mount -t tmpfs none $folder
done
"$@"
code=$?
echo "left: $(pgrep --list-name 'virtlogd|libvirtd|qemu')"
exit $code
"""


def test_where_no_daemon_runs_it_starts_them_and_ends_them(tmp_path: Path, guest_image: object) -> None:
    home = tmp_path / "data" / "demo"
    home.mkdir(parents=True)
    (home / "guest").symlink_to(GUEST)
    environment = {**os.environ, "CONVIRT_CONFIG": str(tmp_path / "c.toml"), "CONVIRT_DATA": str(tmp_path / "data")}
    own_world = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--propagation", "private"]
    command = [*own_world, "sh", "-c", ALONE, "alone", sys.executable, "-m", "convirt_cli", "demo"]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "started virtlogd -d" in ran.stdout
    assert "started libvirtd -d" in ran.stdout
    assert ran.stdout.endswith("left: \n")
