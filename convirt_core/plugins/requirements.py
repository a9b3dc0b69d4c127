"""What a distribution needs, held against what is installed."""

from __future__ import annotations

import importlib_metadata
from importlib_metadata import Distribution, PackageNotFoundError
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

CORE = "convirt-core"


def unmet(distribution: Distribution) -> str:
    """Say what a distribution needs and does not find, such as `needs convirt-core>=9, but 0.1 is installed`.

    A core outside its range and a missing dependency count. A dependency in another version does not: the
    distributor of a system may know better than the plugin, and if not, the import fails and says so.
    """
    return "; ".join(filter(None, map(_complaint, distribution.requires or ())))


def _complaint(text: str) -> str:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return f"states a requirement that cannot be read: {text!r}"
    if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
        return ""
    try:
        installed = importlib_metadata.version(requirement.name)
    except PackageNotFoundError:
        return f"needs {_plain(requirement)}, which is not installed"
    is_core = canonicalize_name(requirement.name) == CORE
    if is_core and not requirement.specifier.contains(installed, prereleases=True):
        return f"needs {_plain(requirement)}, but {installed} is installed"
    return ""


def _plain(requirement: Requirement) -> str:
    return f"{requirement.name}{requirement.specifier}"
