"""What tests of several areas use."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from labs.clocks import Clock
from labs.faulty_plugins import install_faulty

if TYPE_CHECKING:
    from pathlib import Path


def pytest_configure() -> None:
    """Hear Ctrl-C, and let the commands that tests start hear it.

    A shell starts what it puts in the background deaf to SIGINT, and that is inherited.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def clock() -> Clock:
    """A clock that the test sets."""
    return Clock()


@pytest.fixture(scope="session")
def faulty_distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every faulty distribution (`labs.faulty_plugins.FAULTY`); put it on PYTHONPATH."""
    folder = tmp_path_factory.mktemp("faulty")
    install_faulty(folder)
    return folder
