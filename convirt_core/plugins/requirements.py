"""What a distribution needs, held against what is installed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CORE = "convirt-core"


def unmet(requirements: Iterable[str], version_of: Callable[[str], str | None]) -> str:
    """Say what is needed and not there, such as `needs convirt-core>=9, but 0.1 is installed`; empty: all is.

    A core outside its range and a missing dependency count. A dependency in another version does not: the
    distributor of a system may know better than the plugin, and if not, the import fails and says so.

    :param requirements: as in metadata, such as `convirt-core>=0.1,<0.2`
    :param version_of: distribution → its installed version, or None
    """
    return "; ".join(filter(None, map(partial(_complaint, version_of), requirements)))


def _complaint(version_of: Callable[[str], str | None], text: str) -> str:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return f"states a requirement that cannot be read: {text!r}"
    if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
        return ""
    needed = f"needs {requirement.name}{requirement.specifier}"
    name = canonicalize_name(requirement.name)
    installed = version_of(name)
    if installed is None:
        return f"{needed}, which is not installed"
    if name == CORE and not requirement.specifier.contains(installed, prereleases=True):
        return f"{needed}, but {installed} is installed"
    return ""
