"""What tests of several areas use."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import hypothesis
import pytest
from labs.clocks import Clock
from labs.faulty_plugins import install_faulty
from labs.needs import GUEST_TOOLS, LIBVIRT_TOOLS, need_root, need_tools

if TYPE_CHECKING:
    from pathlib import Path


def pytest_configure() -> None:
    """Hear Ctrl-C, and let the commands that tests start hear it; give examples time.

    A shell starts what it puts in the background deaf to SIGINT, and that is inherited. And an example that took long
    tells of what else the machine did meanwhile.
    """
    hypothesis.settings.register_profile("project", deadline=None)
    hypothesis.settings.load_profile("project")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, saying why, what this machine cannot run."""
    if item.get_closest_marker("root"):
        need_root()
    if item.get_closest_marker("guest"):
        need_tools(*LIBVIRT_TOOLS, *GUEST_TOOLS)


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
