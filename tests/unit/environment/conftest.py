"""Answers of real servers to the script: what they are called and their UUID was changed, nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from convirt_core.services.environment import parse_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import ServerEnvironment

SAMPLES = Path(__file__).parents[2] / "data" / "environment"


@pytest.fixture
def sample() -> "Callable[[str], str]":
    """`sample("debian-12")`: the answer of one server."""
    return lambda name: (SAMPLES / f"{name}.txt").read_text()


@pytest.fixture
def debian(sample: "Callable[[str], str]") -> "ServerEnvironment":
    """A server with two bridges, one of them leading outside, and a VM on it."""
    return parse_environment(sample("debian-12"), 100.0, 101.0)
