"""The conformance kit as a pytest plugin (entry point `pytest11`): order, skipping, the report.

Imports only pytest until there is something to do. The tests are in `contract/`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

import pytest

from convirt_core.testing.marks import LAST, PROVES, REFUSES

if TYPE_CHECKING:
    from collections.abc import Generator

    from convirt_core.model import Capability
    from convirt_core.testing.proofs import Ledger

LEDGERS = pytest.StashKey[dict[type, "Ledger"]]()
"""By the class of the tests."""
_UNREACHED = pytest.StashKey[dict[type, str]]()
"""By the class of the tests, why there is no server to test on."""
_OF_A_CONTRACT = frozenset({"lab", "ledger", "workbench"})
"""What a test uses that needs the server."""

pytest.register_assert_rewrite("convirt_core.testing.contract")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the report goes."""
    parser.getgroup("convirt").addoption(
        "--convirt-report", metavar="FILE", help="write what each platform can do, as the tests have shown, as JSON"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known, and remove the report of another run.

    :raises pytest.UsageError: a report is wanted, and several processes would each have seen a part of it, or there
        is no writing it
    """
    if report := config.getoption("convirt_report"):
        if config.getoption("numprocesses", None):
            raise pytest.UsageError("--convirt-report needs all tests in one process: leave -n away")
        _make_way(Path(report))
    config.stash[LEDGERS], config.stash[_UNREACHED] = {}, {}
    config.addinivalue_line("markers", f"{PROVES}(capabilities): the test sees them done")
    config.addinivalue_line("markers", f"{REFUSES}(capabilities): the test sees them refused or bounded")
    config.addinivalue_line("markers", f"{LAST}: looks at the other tests of its class, and so comes after them")


def _make_way(report: Path) -> None:
    """Remove a file, once it is known that another can be written there: tests take long, and then it is too late."""
    try:
        report.write_text("")
        report.unlink()
    except OSError as error:
        raise pytest.UsageError(f"--convirt-report: {report} cannot be written: {error.strerror}") from error


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what looks at the other tests of a class come after them."""
    last = [item for item in items if item.get_closest_marker(LAST)]
    for item in last:
        items.remove(item)
        same = [at for at, other in enumerate(items) if other.parent is item.parent]
        items.insert(same[-1] + 1 if same else len(items), item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Say once only why there is no server to test on: it is not tried again for the other tests of the class."""
    if _needs_server(item) and item.cls in item.config.stash[_UNREACHED]:
        pytest.skip("there is no server to test on, as the first error says")


def _needs_server(item: pytest.Item) -> TypeGuard[pytest.Function]:
    return isinstance(item, pytest.Function) and item.cls is not None and set(item.fixturenames) >= _OF_A_CONTRACT


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Write down how a test of a contract ended."""
    report = yield
    ledger = item.config.stash[LEDGERS].get(item.cls) if isinstance(item, pytest.Function) and item.cls else None
    if ledger is not None and (report.when == "call" or report.outcome != "passed"):
        ledger.note(item.name, report.outcome, proves=named(item, PROVES), refuses=named(item, REFUSES))
    if report.failed and call.excinfo and _needs_server(item) and (ledger is None or ledger.declared is None):
        item.config.stash[_UNREACHED].setdefault(item.cls, call.excinfo.exconly(tryshort=True).splitlines()[0])
    if ledger is not None:
        ledger.seconds += call.duration
    return report


def named(item: pytest.Item, mark: str) -> tuple[Capability, ...]:
    """Return the capabilities that a mark of a test names."""
    found = item.get_closest_marker(mark)
    return found.args if found else ()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what each platform can do, and write it if that is wanted."""
    for tests, why in config.stash[_UNREACHED].items():
        terminalreporter.write_line(f"{tests.__name__} has no server to test on: {why}", red=True)
    ledgers, report = config.stash[LEDGERS], config.getoption("convirt_report")
    if not ledgers:
        if report:
            terminalreporter.write_line(f"{report} is not written: no lab of a platform was there.", red=True)
        return
    from convirt_core.testing.report import as_data, as_lines  # noqa: PLC0415  only where there is something to tell

    terminalreporter.section("what the platforms can do")
    for line in as_lines(ledgers.values()):
        terminalreporter.write_line(line)
    if report:
        import json  # noqa: PLC0415  likewise

        Path(report).write_text(json.dumps(as_data(ledgers.values()), indent=2) + "\n")
