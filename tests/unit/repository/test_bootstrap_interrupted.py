"""Ctrl-C while `make demo` installs packages: one sentence and 130, and the next `make demo` goes on.

apt is a stand-in, for it is slow and changes the machine; everything else is real.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from labs.sources import ROOT

APT = """\
#!/bin/sh
for word; do case $word in check|update|install) moment=$word ;; esac; done
echo "$moment" >> "$STAND_IN/reached"
[ "$HANGS_AT" != "$moment" ] || {hang}
if [ "$moment" = update ]; then touch "$STAND_IN/lists"; fi
[ "$moment" != install ] || [ -e "$STAND_IN/lists" ]  # knows no package before the first update
"""
DOWNLOADS = "exec sleep 30"
UNPACKS = "{ trap '' INT; sleep 5; exit 1; }"
"""What dpkg has begun is brought to its end, whoever presses Ctrl-C."""

DPKG = """\
#!/bin/sh
echo configure >> "$STAND_IN/reached"
[ "$HANGS_AT" != configure ] || exec sleep 30
"""
PYTHON_WITH_NOX = """\
#!/bin/sh
case $* in *nox\\ --session*) echo "nox runs: $*" ;; esac
"""
pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="needs make")

SHELL = 'trap : INT; make --no-print-directory demo PYTHON="$0"; echo "code $?"'
SENTENCE = "Interrupted while preparing; `make demo` goes on from here."


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose apt is a stand-in, and which has its nox already."""
    for file in ("Makefile", "pyproject.toml", "tools/bootstrap.py"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    wait_less(tmp_path / "tools/bootstrap.py")
    write(tmp_path / "bin/dpkg-query", "#!/bin/sh\nexit 1\n")
    write(tmp_path / "bin/dpkg", DPKG)
    write(tmp_path / "bin/sudo", '#!/bin/sh\nexec "$@"\n')
    write(tmp_path / "bin/apt-get", APT.replace("{hang}", DOWNLOADS))
    write(tmp_path / ".venv/bin/python", PYTHON_WITH_NOX)
    return tmp_path


def wait_less(bootstrap):
    text = bootstrap.read_text()
    assert text.count("wait(timeout=3)") == 1
    bootstrap.write_text(text.replace("wait(timeout=3)", "wait(timeout=0.3)"))


def write(program, text):
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(text)
    program.chmod(0o755)


def make_demo(checkout, hangs_at=""):
    """`make demo` as a shell with job control starts it: a process group of its own, which hears Ctrl-C."""
    (checkout / "reached").unlink(missing_ok=True)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MAKE")},  # not make's own child
        "PATH": f"{checkout / 'bin'}:{os.environ['PATH']}",
        "STAND_IN": str(checkout),
        "HANGS_AT": hangs_at,
    }
    return subprocess.Popen(
        ["sh", "-c", SHELL, sys.executable],
        cwd=checkout,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # SIGINT may be ignored where tests run, which a child inherits
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  no thread of ours runs
    )


def interrupt_at(checkout, moment):
    """Press Ctrl-C when apt has come to a moment; what was said, without the lines of make itself."""
    process = make_demo(checkout, hangs_at=moment)
    deadline = time.monotonic() + 20
    while moment not in reached(checkout):
        assert time.monotonic() < deadline, f"never came to {moment}, but to {reached(checkout)}"
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=20)
    return [line for line in said.splitlines() if line and not line.startswith("make: ***")]


def reached(checkout):
    file = checkout / "reached"
    return file.read_text().split() if file.exists() else []


@pytest.mark.parametrize("moment", ["check", "configure", "install", "update"])
def test_an_interrupted_installation_ends_with_one_sentence_and_the_next_goes_on(checkout, moment):
    begins, *ends = interrupt_at(checkout, moment)
    assert begins.startswith("Installing ")
    assert ends == [SENTENCE, "code 130"]

    said, _ = make_demo(checkout).communicate(timeout=20)
    assert "nox runs: -m nox --session demo" in said
    assert said.endswith("code 0\n")
    assert reached(checkout)[-1] == "install"


def test_an_installation_that_is_in_the_midst_of_a_step_is_left_to_end_it(checkout):
    write(checkout / "bin/apt-get", APT.replace("{hang}", UNPACKS))
    began = time.monotonic()
    assert interrupt_at(checkout, "install")[1:] == [SENTENCE, "code 130"]
    assert time.monotonic() - began < 4.9
