"""What tests of several areas use."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

LABS = Path(__file__).parent / "labs"


def load_lab(name: str) -> ModuleType:
    """Import `tests/labs/<name>.py`, which is on nobody's path."""
    full_name = f"convirt_labs_{name}"
    if full_name not in sys.modules:
        spec = spec_from_file_location(full_name, LABS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[full_name] = module
        spec.loader.exec_module(module)
    return sys.modules[full_name]


@pytest.fixture(scope="session")
def plugin_lab() -> ModuleType:
    """`tests/labs/faulty_plugins.py`: writes distributions with plugins, good and bad."""
    return load_lab("faulty_plugins")


@pytest.fixture(scope="session")
def faulty_distributions(plugin_lab: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every faulty distribution (`plugin_lab.FAULTY`); put it on PYTHONPATH."""
    folder = tmp_path_factory.mktemp("faulty")
    plugin_lab.install_faulty(folder)
    return folder


@pytest.fixture(scope="session")
def cli_record() -> ModuleType:
    """`tests/labs/cli_record.py`: writes down which commands and options of the CLI ran."""
    return load_lab("cli_record")
