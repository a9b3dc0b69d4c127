"""The one way to run anything: `nox --list` says what there is, `nox -s NAME -- ARGUMENTS` runs it.

`make test` and `make demo` prepare a machine and come here; `nox -s dev` fills `.venv` for daily work.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.sessions = [
    *("lint", "types", "lines", "tests", "integration", "commands"),
    *("conformance-test", "conformance-kvm", "conformance-xen", "matrix", "docs", "build"),
]
# A Python that is not here is skipped and named, on every machine alike (in CI nox would otherwise fail).
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
DISTRIBUTIONS = [".", *sorted(str(path.parent) for path in Path("plugins").glob("*/pyproject.toml"))]
EDITABLES = [f"--editable={folder}" for folder in DISTRIBUTIONS]
PACKAGES = ["convirt_core", *sorted(str(path.parent) for path in Path("plugins").glob("*/*/py.typed"))]
LAB = Path(os.environ.get("CONVIRT_LAB_DIR", ".lab"))
IN_PARALLEL = [f"--numprocesses={2 * (os.cpu_count() or 1)}", "--dist=worksteal"]
"""Half of what the unit tests last is waiting, for a process or a deadline."""
RECORDS = Path("build/cli-records")
CONFORMANCE = Path("build/conformance")
CHOICES = ("-k", "-m", "--lf", "--last-failed", "--deselect", "tests/")
"""What the words begin with that choose some of the tests; so does a name with `::`."""
GUEST = Path("plugins/convirt-cli/convirt_cli/demo")


def install(session: nox.Session, *groups: str) -> None:
    """Install every distribution of this checkout, editable, and dependency groups of the root pyproject.toml."""
    session.install("--quiet", *EDITABLES, *(f"--group={group}" for group in groups))


def run(session: nox.Session, *command: str, **environment: str) -> None:
    """Run `command`; after SIGINT it has time to remove what it made on the hypervisor (nox's own limit is 0.3 s)."""
    session.run(*command, env=environment, interrupt_timeout=30, terminate_timeout=10)


def pytest(session: nox.Session, folder: str, *options: str) -> None:
    """Run the tests of a folder, or those named, and have them record which commands of `convirt` they ran."""
    record = RECORDS / session.name
    record.unlink(missing_ok=True)
    named = any(word.startswith("tests/") for word in session.posargs)
    what = session.posargs if named else [folder, *(session.posargs or options)]
    run(session, "pytest", *what, CONVIRT_CLI_RECORD=str(record.resolve()))


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The unit tests: no root, no libvirtd, no network."""
    install(session, "test")
    pytest(session, "tests/unit", *IN_PARALLEL)


@nox.session
def integration(session: nox.Session) -> None:
    """The tests against a real libvirtd and real QEMU guests; as root."""
    install(session, "test")
    pytest(session, "tests/integration")


@nox.session(name="conformance-test")
def conformance_test(session: nox.Session) -> None:
    """The contract of a platform: libvirt's test driver fulfils it, and each fault planted in a toy is found."""
    install(session, "test")
    run(session, "pytest", "tests/conformance/test_platform_test.py", *report(session))
    run(session, "pytest", "tests/conformance/test_platform_toy.py")
    run(session, "pytest", "tests/conformance/test_faults_are_found.py", *IN_PARALLEL)


@nox.session(name="conformance-kvm")
def conformance_kvm(session: nox.Session) -> None:
    """The contract of a platform: KVM fulfils it with real guests; as root."""
    install(session, "test")
    run(session, "pytest", "tests/conformance/test_platform_kvm.py", *report(session))


@nox.session(name="conformance-xen")
def conformance_xen(session: nox.Session) -> None:
    """The contract of a platform: Xen fulfils it with real guests, in an emulated server; as root."""
    install(session, "test")
    run(session, "pytest", "tests/conformance/test_platform_xen.py", *report(session))


@nox.session(name="conformance-xen-migration")
def conformance_xen_migration(session: nox.Session) -> None:
    """The part of it that needs two servers with Xen, which take their time when both are emulated; as root."""
    install(session, "test")
    chosen = "moves or minds or itself or own_checks"
    words = report(session, CONFORMANCE / "apart")  # the page is written from what every machine's run shows
    run(session, "pytest", "tests/conformance/test_platform_xen_migration.py", "-k", chosen, *words)


@nox.session
def matrix(session: nox.Session) -> None:
    """The page of what each platform can do says what its tests have shown; `-- --write` writes it."""
    if os.geteuid() != 0:
        session.skip("without root most platforms were left out")
    reports = sorted(str(path) for path in CONFORMANCE.glob("*.json"))
    session.run("python", "tools/feature_matrix.py", *session.posargs, *reports)


def report(session: nox.Session, folder: Path = CONFORMANCE) -> list[str]:
    """Where the kit writes what it has found of a platform, and what else was said on the command line.

    With a test chosen there is no report: the last one stands, for it is of all tests.
    """
    if any("::" in word or word.startswith(CHOICES) for word in session.posargs):
        return session.posargs
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{session.name}.json"
    path.unlink(missing_ok=True)  # a run that fails before its tests begin must leave none
    return [f"--convirt-report={path}", *session.posargs]


@nox.session
def commands(session: nox.Session) -> None:
    """Every command and option of `convirt` has run in a test, as `tests` and `integration` recorded last."""
    if os.geteuid() != 0:
        session.skip("without root the integration tests were left out")
    if not (RECORDS / "integration").exists():
        session.error("nothing is recorded yet: run nox -s tests integration first")
    install(session)
    record = RECORDS / "all"
    record.write_text("".join(one.read_text() for one in RECORDS.iterdir() if one != record))
    session.run("python", "tools/cli_tested.py", str(record))


@nox.session(venv_backend="none")
def lines(session: nox.Session) -> None:
    """Count the lines of each platform's plugin; one of 800 is too long for an evening."""
    session.run(sys.executable, "tools/plugin_lines.py")


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff for Python, shellcheck for shell."""
    session.install("--quiet", "--group=lint")
    session.run("ruff", "check", "--output-format=concise", ".")
    session.run("ruff", "format", "--check", ".")
    if not shutil.which("shellcheck"):
        session.warn("shellcheck is not installed: the shell scripts were left out")
        return
    # SC2187: what says `busybox sh` is checked as dash, which is near enough
    session.run("shellcheck", "--exclude=SC2187", *shell_scripts(), external=True)


def shell_scripts() -> list[str]:
    """Every file of the checkout that says it is one."""
    candidates = [*Path(".ci").glob("*"), *Path("tests/labs").rglob("*"), *GUEST.rglob("*")]
    return sorted(str(path) for path in candidates if path.is_file() and is_shell(path))


def is_shell(path: Path) -> bool:
    """Whether the first line names a shell."""
    first = path.read_bytes().partition(b"\n")[0]
    return first.startswith(b"#!") and first.endswith(b"sh")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict."""
    install(session, "test", "types", "runner")
    session.run("mypy", *PACKAGES, "tools", "noxfile.py")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation, in docs/_build/html; a warning is an error."""
    install(session, "docs")
    session.run("sphinx-build", "-W", "--keep-going", "-q", "-b", "html", "docs", "docs/_build/html", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build every distribution into dist/ and try the wheels as installed, away from the checkout."""
    dist = Path("dist").resolve()
    shutil.rmtree(dist, ignore_errors=True)
    session.install("--quiet", "uv", "--group=test")
    session.run("uv", "build", "--quiet", "--all-packages", "--out-dir", str(dist))
    session.install("--quiet", "--reinstall", *(str(wheel) for wheel in sorted(dist.glob("*.whl"))))
    unit_tests, by_hand = (Path("tests", name).resolve() for name in ("unit", "wheels"))
    with tempfile.TemporaryDirectory() as elsewhere, session.chdir(elsewhere):
        session.run("convirt", "--version")
        session.run("convirt", "--help", silent=True)
        run(session, "pytest", str(unit_tests), *IN_PARALLEL)
        run(session, "pytest", str(by_hand), WHEELS=str(dist))


@nox.session
def bench(session: nox.Session) -> None:
    """The benchmarks, or those named; they print ratios. Those over the lab of servers need root."""
    install(session, "test")
    for script in session.posargs or sorted(str(path) for path in Path("benchmarks").glob("[!_]*.py")):
        run(session, "python", script, PYTHONPATH="tests")


@nox.session
def demo(session: nox.Session) -> None:
    """A real VM from one command, on this machine."""
    install(session)
    run(session, "convirt", "demo", *session.posargs)


@nox.session
def news(session: nox.Session) -> None:
    """What the fragments in changelog.d/ say about the next release; `-- build` writes CHANGELOG.md."""
    session.install("--quiet", "--group=news")
    session.run("towncrier", *(session.posargs or ["build", "--draft", "--version=next"]))


@nox.session(venv_backend="none")
def lab(session: nox.Session) -> None:
    """Two servers in network namespaces, to try things on: `-- up`, `-- down`, `-- status`; as root."""
    session.run(sys.executable, "-m", "labs.two_hosts", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session(name="xen-lab", venv_backend="none")
def xen_lab(session: nox.Session) -> None:
    """A Xen server in QEMU, to try things on: `-- up`, `-- down`, `-- status`, `-- ssh COMMAND`; as root."""
    session.run(sys.executable, "-m", "labs.xen", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session(venv_backend="none")
def guest(session: nox.Session) -> None:
    """Build the test guest and boot it on this terminal; arguments are words for its kernel command line."""
    guest = LAB / "guest"
    session.run("sh", str(GUEST / "make-guest.sh"), str(guest))
    machine = ["qemu-system-x86_64", "-accel", "tcg", "-M", "pc", "-m", "128", "-nographic", "-no-reboot"]
    kernel = ["-kernel", str(guest / "vmlinux"), "-initrd", str(guest / "initrd.img")]
    session.run(*machine, *kernel, "-append", " ".join(["console=ttyS0", "quiet", *session.posargs]))


@nox.session(venv_backend="none")
def dev(session: nox.Session) -> None:
    """Fill .venv for daily work: every distribution, editable, and every tool."""
    uv = [sys.executable, "-m", "uv"]
    session.run(*uv, "pip", "install", "--quiet", "--python=.venv", *EDITABLES, "--group=dev", external=True)
