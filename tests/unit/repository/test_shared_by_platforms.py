"""What only one platform uses lies in its plugin: all of convirt-libvirt is for several."""

from __future__ import annotations

import pytest
from labs.sources import MODULES, PACKAGES, imported

SHARED = "convirt_libvirt."
TEST_PLATFORM = "convirt_libvirt.test_platform"
STARTS = {"test": TEST_PLATFORM, "kvm": "convirt_kvm.plugin", "xen": "convirt_xen.plugin"}
OF_THE_TEST_PLATFORM = {TEST_PLATFORM, "convirt_libvirt.capabilities", "convirt_libvirt.vmm.invented"}
"""It has no plugin of its own: these modules are it."""


def dotted(module) -> str:
    """The name by which a module is imported; a package has that of its folder."""
    package = next(package for package in PACKAGES if module.is_relative_to(package))
    return ".".join(module.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__")


NAMES = {dotted(module): module for module in MODULES}


def used_by(start: str) -> set[str]:
    """The modules that one leads to by its imports, those in functions too.

    A package that hands out a name leads to where the name is from, and not to all that it hands out.
    """
    used, waiting = set(), {start}
    while waiting:
        name = waiting.pop()
        used.add(name)
        waiting |= {origin(found) for found in imported(NAMES[name])} & NAMES.keys() - used
    return used


def origin(name: str) -> str:
    """The module that an imported name is from, or that it is."""
    if name in NAMES:
        return name
    holder, _, plain = name.rpartition(".")
    if holder in NAMES and NAMES[holder].name == "__init__.py":
        found = next((found for found in imported(NAMES[holder]) if found.endswith(f".{plain}")), "")
        return origin(found) if found else holder
    return holder


USED = {name: used_by(start) for name, start in STARTS.items()}


@pytest.mark.parametrize("name", sorted(name for name in NAMES if name.startswith(SHARED)))
def test_every_module_of_convirt_libvirt_is_used_by_two_platforms(name):
    users = {platform for platform, used in USED.items() if name in used}
    is_package = NAMES[name].name == "__init__.py"  # which holds nothing itself
    assert is_package or name in OF_THE_TEST_PLATFORM or len(users) > 1, f"used only by {users or 'nobody'}"


def test_what_only_one_platform_leads_to_is_told_apart():
    assert "convirt_xen.counters" in USED["xen"] - USED["kvm"]  # by imports in functions, and from there on
