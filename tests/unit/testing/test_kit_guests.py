"""How the conformance kit tells a guest that goes on from one that was booted anew."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from convirt_core.model import Capability
from convirt_core.testing import guests
from convirt_core.testing.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Mapping

VM = SimpleNamespace(name="web")
TALK = Capability.SERIAL_CONSOLE


def bench(dialogue: tuple[bytes, bytes] | None, left_out: Mapping[Capability, str]) -> SimpleNamespace:
    """A server with a serial console, in a lab whose guest has booted once."""
    made = SimpleNamespace(capabilities={TALK}, unseen=set(), boots=lambda _: 1)
    made.lab = SimpleNamespace(dialogue=dialogue, definition_only={}, not_here=left_out)
    made.runs = lambda capability: Workbench.runs(made, capability)  # type: ignore[arg-type]
    return made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Whether a guest is asked for an answer."""
    mock = Mock()
    monkeypatch.setattr(guests, "check_answers", mock)
    return mock


def test_a_guest_that_can_be_asked_is_asked_before_its_boots_are_counted(asked: Mock) -> None:
    server = bench((b"hallo", b"hallo"), {})
    guests.check_goes_on(server, VM, 1)
    assert asked.called
    assert server.unseen == set()


@pytest.mark.parametrize(
    ("dialogue", "left_out"), [(None, {}), ((b"hallo", b"hallo"), {TALK: "another lab does"})], ids=["mute", "not-here"]
)
def test_where_no_guest_can_be_asked_its_boots_are_said_to_be_unseen(
    asked: Mock, dialogue: tuple[bytes, bytes] | None, left_out: Mapping[Capability, str]
) -> None:
    server = bench(dialogue, left_out)
    guests.check_goes_on(server, VM, 1)
    assert not asked.called
    assert server.unseen == {"boots"}


def test_a_guest_that_has_booted_anew_is_told_of_even_if_it_cannot_be_asked(asked: Mock) -> None:
    with pytest.raises(AssertionError, match="booted anew: 1 times until now, and 0 times before"):
        guests.check_goes_on(bench(None, {}), VM, 0)
