"""A plugin as its distribution's metadata shows it: nothing of it has been imported."""

from __future__ import annotations

from functools import reduce
from importlib import import_module
from typing import NamedTuple

from convirt_core.plugins.groups import plugin_id


class Candidate(NamedTuple):
    """One entry point of one distribution.

    :param group: the entry-point group, such as `convirt.platforms`
    :param module: to import, such as `convirt_kvm.plugin`
    :param attribute: the object in it, dots allowed
    :param problem: why metadata alone forbids its use, such as `needs convirt-core>=9, but …`; empty: nothing
    """

    group: str
    name: str
    module: str
    attribute: str
    distribution: str
    version: str
    problem: str = ""

    @property
    def id(self) -> str:
        """As users see it, such as `platforms:kvm`."""
        return plugin_id(self.group, self.name)

    @property
    def title(self) -> str:
        """For messages, such as `platforms:kvm (convirt-kvm 0.1.0)`."""
        return f"{self.id} ({self.distribution} {self.version})"

    def load(self) -> object:
        """Import the module and return the object. Runs the plugin's code: only where it may fail or hang."""
        return reduce(getattr, self.attribute.split("."), import_module(self.module))
