"""The documentation of the commands is what they are."""

from __future__ import annotations

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from convirt_cli.exit_codes import ExitCode, exit_code_of, kind_of
from convirt_core import errors
from convirt_core.model import ChecksFailed

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[3]
EXIT_CODES = ROOT / "docs" / "reference" / "exit-codes.md"

pytestmark = pytest.mark.skipif(not EXIT_CODES.exists(), reason="the documentation is not here (installed wheels)")


def generator() -> ModuleType:
    spec = spec_from_file_location("cli_reference", ROOT / "tools" / "cli_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_the_commands_is_up_to_date() -> None:
    made = generator()
    assert made.PAGE.read_text(encoding="utf-8") == made.page(), "run: python tools/cli_reference.py"


def test_every_exit_code_is_documented() -> None:
    documented = re.findall(r"^\| (\d+) \|", EXIT_CODES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [int(code) for code in documented] == sorted(ExitCode)


def test_every_kind_of_error_is_documented_with_its_code() -> None:
    rows = re.findall(r"^\| (`.*) \| (\d) \|$", EXIT_CODES.read_text(encoding="utf-8"), flags=re.MULTILINE)
    documented = {kind: int(code) for kinds, code in rows for kind in re.findall(r"`([a-z-]+)`", kinds)}
    public = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    made = [
        kind("words") for kind in public if issubclass(kind, errors.ConvirtError) and kind is not errors.ConvirtError
    ]
    assert documented == {kind_of(each): int(exit_code_of(each)) for each in [*made, ChecksFailed("words")]}
