"""What tests of several areas use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from labs.faulty_plugins import install_faulty

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def faulty_distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every faulty distribution (`labs.faulty_plugins.FAULTY`); put it on PYTHONPATH."""
    folder = tmp_path_factory.mktemp("faulty")
    install_faulty(folder)
    return folder
