"""A guest that does not listen to its power button."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from labs.guest import LabGuest, virsh
from labs.managed import Lab

pytestmark = [pytest.mark.root, pytest.mark.guest]

NOT_DONE = 6


def test_a_deaf_guest_is_told_to_run_still_with_what_to_try_and_can_be_killed(
    lab: Lab, outside: Callable[..., LabGuest]
) -> None:
    guest = outside("lab.deaf")
    guest.boot()

    shutdown = lab.convirt("vm", "shutdown", guest.name, "--deadline", "8")

    assert shutdown.returncode == NOT_DONE
    assert f"{guest.name} is still running 8 s after it was asked to shut down." in shutdown.stderr
    assert f"convirt vm kill {guest.name}" in shutdown.stderr
    assert virsh("domstate", guest.name).strip() == "running"

    lab.convirt.done("vm", "kill", guest.name)
    assert virsh("domstate", guest.name).strip() == "shut off"
