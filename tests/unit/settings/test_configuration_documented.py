"""The documentation of the configuration says what the code does."""

from pathlib import Path

import pytest

from convirt_core.settings import KEYS, PLUGIN_DEADLINES

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "configuration.md"


@pytest.mark.parametrize("name", KEYS)
def test_every_key_is_documented_with_its_variable_and_meaning(name: str) -> None:
    key = KEYS[name]
    variable = f"`{key.variable}`" if key.variable else ""
    assert f"| `{name}` | {variable} | {key.meaning} |".replace("|  |", "| |") in PAGE.read_text()


def test_every_deadline_is_documented() -> None:
    text = PAGE.read_text()
    assert [name for name in PLUGIN_DEADLINES if f"`{name}`" not in text] == []
