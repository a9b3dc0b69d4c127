"""For each check of a migration the way to make it fail for real: a function that is called as the check's own is."""

from __future__ import annotations

from collections.abc import Callable

from labs.failing_checks import being_there, disks, fitting, identity, surroundings
from labs.failing_checks.scene import Scene

from convirt_core.services.migration import Check

MODULES = (being_there, fitting, identity, disks, surroundings)


def way_to_fail(check: Check) -> Callable[[Scene], set[str]]:
    """What makes a check fail, and says what stood against the migration; raises StopIteration where nothing does."""
    name = check.code.replace("-", "_")
    return next(vars(module)[name] for module in MODULES if name in vars(module))
