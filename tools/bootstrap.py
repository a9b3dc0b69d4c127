"""Make this checkout ready to run, then run nox: what `make demo` and `make test` call.

Standard library only, for nothing is installed yet. Three steps, each done only where something is missing: system
packages (on Debian and Ubuntu, as root or with sudo), `.venv` with nox and uv in it, and nox itself, which takes this
process over.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = str(VENV / "bin" / "python")
APT_LOG = ROOT / "build" / "apt.log"

# What runs behind each door; [] stands for nox's own choice, which the noxfile states.
SESSIONS = {"demo": ["--session", "demo"], "test": []}

# Package of Debian and Ubuntu: a command or file that shows on other systems that its content is there.
PACKAGES = {
    "python3-venv": "",  # also where python3 is no Debian's: harmless, and what a later run as root may need
    "python3-dev": "",
    "gcc": "gcc",
    "pkg-config": "pkg-config",
    "libvirt-dev": "/usr/include/libvirt/libvirt.h",
    "libvirt-daemon-system": "libvirtd",
    "libvirt-clients": "virsh",
    "qemu-system-x86": "qemu-system-x86_64",
    "qemu-utils": "qemu-img",
    "busybox-static": "busybox",
    "cpio": "cpio",
    "lz4": "lz4",
    "procps": "pgrep",
}
TEST_PACKAGES = {
    "e2fsprogs": "mkfs.ext4",
    "iproute2": "ip",
    "mount": "mount",
    "openssh-client": "ssh",
    "openssh-server": "sshd",
    "shellcheck": "shellcheck",
}


class Stop(Exception):
    """The reason why this cannot go on, one sentence for the person."""


# -- system packages ---------------------------------------------------------------------------------------------------


def missing_packages(packages: dict[str, str]) -> list[str]:
    """Those of `packages` that are not installed, or not completely."""
    if not shutil.which("dpkg-query"):
        return [name for name, proof in packages.items() if proof and not is_there(proof)]
    asked = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *packages]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    installed = {line.split()[0] for line in answer.splitlines() if line.endswith(" installed")}
    return [name for name in packages if name not in installed]


def is_there(proof: str) -> bool:
    """Whether the command or file exists; the sbin folders are not on every user's PATH."""
    return bool(shutil.which(proof, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")) or Path(proof).is_file()


def install_packages(names: list[str]) -> None:
    """Have apt install `names`, repairing first what an earlier interruption left; raises `Stop`."""
    become_root = as_root(names)
    say(f"Installing {len(names)} system packages, which may take some minutes: {' '.join(names)}")
    APT_LOG.parent.mkdir(exist_ok=True)
    apt = [*become_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=600", "-q"]
    install = [*apt, "install", "--yes", "--no-install-recommends", "--fix-broken", *names]
    # An interrupted installation may still be ending its last step (`check` waits for it), or have left packages not
    # configured, or without what they depend on. The first two may fail where the third is what helps.
    logged([*apt, "check"])
    logged([*become_root, "dpkg", "--configure", "-a"])
    if logged(install) and (logged([*apt, "update"]) or logged(install)):
        tail = "\n".join(APT_LOG.read_text(errors="replace").splitlines()[-15:])
        raise Stop(f"{tail}\nThe system packages could not be installed; everything apt said is in {APT_LOG}.")


def as_root(names: list[str]) -> list[str]:
    """The words that go before a command to run it as root; raises `Stop` where that is not to be had."""
    if not shutil.which("apt-get"):
        raise Stop(
            "These packages are missing, under the names Debian gives them; install them and try again: "
            + " ".join(names)
        )
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        return ["sudo"]
    raise Stop(f"These packages are missing; have root run: apt-get install --no-install-recommends {' '.join(names)}")


def logged(command: list[str]) -> int:
    """Run `command` with its output in the log; its exit code."""
    with APT_LOG.open("a") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            return process.wait()
        except KeyboardInterrupt:
            # apt got the signal too and stops after the step that dpkg is at, which may take half a minute: it is left
            # to that, for to kill it would leave the package database torn. The next run waits for its lock.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=3)
            raise


# -- Python ------------------------------------------------------------------------------------------------------------


def make_environment() -> None:
    """Create `.venv` with nox and uv, or complete one that an interruption left half-made; raises `Stop`."""
    if works("import nox, uv"):
        return
    say(f"Creating {VENV.name} with nox and uv")
    make = [sys.executable, "-m", "venv", str(VENV)]
    if complaint(make) and (reason := complaint([*make, "--clear"])):
        raise Stop(f"{reason}\nThe virtual environment {VENV} could not be made.")
    install = [VENV_PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *runner_requirements()]
    if reason := complaint(install):
        raise Stop(f"{reason}\nnox and uv could not be installed; is the package index reachable?")


def remove_half_made() -> None:
    """Remove the environments of nox that an interruption left half-made: it would use them as they are, and fail."""
    for folder in filter(Path.is_dir, (ROOT / ".nox").glob("[!.]*")):
        python = folder / "bin" / "python"
        if not (folder / "pyvenv.cfg").exists() or not python.exists() or complaint([str(python), "-c", ""]):
            shutil.rmtree(folder)


def require_python(door: str) -> None:
    """Raise `Stop` where the interpreter that runs this is too old."""
    if sys.version_info < (3, 11):  # noqa: UP036  # this file is what an old Python meets first
        version = sys.version.split()[0]
        raise Stop(f"ConVirt needs Python 3.11 or later, not {version}; try: make {door} PYTHON=python3.12")


def works(statement: str) -> bool:
    """Whether `.venv` can execute a Python statement."""
    return Path(VENV_PYTHON).exists() and not complaint([VENV_PYTHON, "-c", statement])


def complaint(command: list[str]) -> str:
    """Run `command`; what it said if it failed, else nothing."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.stdout.strip() or f"exit code {done.returncode}" if done.returncode else ""


def runner_requirements() -> list[str]:
    """What `pyproject.toml` wants to be there before nox can take over."""
    import tomllib  # noqa: PLC0415  # not in the Pythons that main() has to refuse

    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    return [str(requirement) for requirement in groups["runner"]]


def uv_environment() -> dict[str, str]:
    """The settings of pip that uv needs as well but does not read: mirrors and certificates of this machine."""
    command = [VENV_PYTHON, "-m", "pip", "config", "list"]
    settings = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return {name: value for name, value in for_uv(settings).items() if name not in os.environ}


def for_uv(pip_settings: str) -> dict[str, str]:
    """What `pip config list` prints (`global.index-url='https://…'`, later lines prevail) as uv's variables."""
    pip: dict[str, list[str]] = {}
    for line in pip_settings.splitlines():
        name, _, value = line.partition("=")
        pip[name.rpartition(".")[2]] = value.strip("'\"").replace("\\n", " ").split()
    wanted = {
        "UV_DEFAULT_INDEX": " ".join(pip.get("index-url", [])),
        "UV_INDEX": " ".join(pip.get("extra-index-url", [])),
        "UV_INDEX_STRATEGY": "unsafe-best-match" if "extra-index-url" in pip else "",  # as pip looks through them
        "UV_FIND_LINKS": ",".join(pip.get("find-links", [])),
        "SSL_CERT_FILE": " ".join(pip.get("cert", [])),
    }
    return {name: value for name, value in wanted.items() if value}


# -- the whole ---------------------------------------------------------------------------------------------------------


def say(sentence: str) -> None:
    """One line of what is going on."""
    print(sentence, file=sys.stderr, flush=True)  # noqa: T201


def run_nox(choice: list[str]) -> NoReturn:
    """Become nox."""
    os.chdir(ROOT)
    os.environ.update(uv_environment())
    os.execv(VENV_PYTHON, [VENV_PYTHON, "-m", "nox", *choice])  # noqa: S606  # argv, no shell


def main(door: str) -> int:
    """Go through the door: "demo" or "test". The exit code, where nox did not take over."""
    try:
        require_python(door)
        missing = missing_packages(PACKAGES | (TEST_PACKAGES if door == "test" else {}))
        if missing:
            install_packages(missing)
        make_environment()
        remove_half_made()
        run_nox(SESSIONS[door])
    except Stop as reason:
        say(str(reason))
        return 1
    except KeyboardInterrupt:
        say(f"Interrupted while preparing; `make {door}` goes on from here.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
