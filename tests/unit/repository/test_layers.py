"""Arrows between the parts point one way: docs/architecture.md draws them."""

from __future__ import annotations

from graphlib import TopologicalSorter

import pytest
from labs.sources import MODULES, PACKAGES, PROJECTS, imported, name_of, project, version
from packaging.requirements import Requirement

# What each part of the core stands on directly; what those stand on is allowed with them.
# lazy: how an __init__.py hands out names, not importing them yet
EVERYBODY = {"errors", "lazy", "atomic_file", "json_file"}
ARROWS = {
    "atomic_file": set(),
    "errors": set(),
    "json_file": set(),
    "lazy": set(),
    "logs": set(),
    "model": set(),
    "config": set(),
    "forms": {"model"},
    "platforms": {"model", "config"},
    "hookspecs": {"platforms", "forms"},
    "plugins": {"hookspecs"},
    "remote": {"platforms"},
    "store": {"model"},
    "settings": {"config", "plugins"},
    "services": {"plugins", "remote", "store", "settings", "logs"},
    "app": {"services"},
    "testing": {"services", "app"},
}
CORE = [module for module in MODULES if "convirt_core" in module.parts]
PLUGIN_PACKAGES = [package for package in PACKAGES if package.name != "convirt_core"]
FRONT_ENDS = [package for package in PLUGIN_PACKAGES if package.name.startswith(("convirt_cli", "convirt_ui"))]


def below(part: str) -> set[str]:
    """The parts that `part` may import: itself, what everybody may, and whatever its arrows lead to."""
    return {part, *EVERYBODY}.union(*(below(lower) for lower in ARROWS[part]))


def part_of(module) -> str:
    """The part of the core that a module belongs to."""
    parts = module.parts
    return parts[parts.index("convirt_core") + 1].removesuffix(".py")


def project_imports(module) -> set[str]:
    """The packages of this project that a module imports, as `convirt_kvm`."""
    return {name.partition(".")[0] for name in imported(module) if name.startswith("convirt_")}


def test_a_part_of_the_core_imports_only_what_lies_below_it():
    wrong = []
    for module in CORE:
        allowed = below(part_of(module)) if part_of(module) != "__init__" else set()
        names = {name for name in imported(module) if name.startswith("convirt_core.")}
        wrong += [f"{name_of(module)}: {name}" for name in sorted(names) if name.split(".")[1] not in allowed]
    assert wrong == []


def test_the_core_imports_no_plugin():
    assert {name for module in CORE for name in project_imports(module)} == {"convirt_core"}


@pytest.mark.parametrize("package", PLUGIN_PACKAGES, ids=lambda package: package.name)
def test_a_plugin_imports_only_what_it_declares(package):
    requirements = [Requirement(text).name for text in project(package.parent / "pyproject.toml")["dependencies"]]
    declared = {package.name, *(name.replace("-", "_") for name in requirements)}
    assert {name for module in package.rglob("*.py") for name in project_imports(module)} <= declared


@pytest.mark.parametrize("package", FRONT_ENDS, ids=lambda package: package.name)
def test_a_front_end_imports_no_platform(package):
    used = {name for module in package.rglob("*.py") for name in project_imports(module)}
    assert used <= {package.name, "convirt_core"}


def test_pluggy_is_called_by_the_plugin_layer_alone():
    callers = [module for module in MODULES if any(name.partition(".")[0] == "pluggy" for name in imported(module))]
    assert {part_of(module) for module in callers} <= {"plugins", "hookspecs"}


def plugins() -> list:
    """The pyproject.toml of every plugin, without the bundle."""
    return [path for path in PROJECTS[1:] if path.parent.name != "convirt"]


@pytest.mark.parametrize("path", plugins(), ids=name_of)
def test_a_plugin_names_a_bounded_range_of_the_core(path):
    (core,) = [r for r in map(Requirement, project(path)["dependencies"]) if r.name == "convirt-core"]
    operators = {specifier.operator for specifier in core.specifier}
    assert ">=" in operators
    assert operators & {"<", "<=", "~="}


@pytest.mark.parametrize("path", [PROJECTS[0], *plugins()], ids=name_of)
def test_only_the_bundle_pins_a_version(path):
    requirements = map(Requirement, project(path)["dependencies"])
    pinned = [str(r) for r in requirements if any(s.operator in {"==", "==="} for s in r.specifier)]
    assert pinned == []


def test_the_bundle_pins_every_other_distribution_to_its_version():
    bundle = next(project(path) for path in PROJECTS[1:] if path.parent.name == "convirt")
    versions = {project(path)["name"]: version(path) for path in [PROJECTS[0], *plugins()]}
    assert sorted(bundle["dependencies"]) == sorted(f"{name}=={version}" for name, version in versions.items())


def dotted(module) -> str:
    """The name by which a module is imported."""
    package = next(package for package in PACKAGES if module.is_relative_to(package))
    return ".".join(module.relative_to(package.parent).with_suffix("").parts)


def test_no_module_stands_on_itself_not_even_for_its_types():
    modules = {dotted(module): module for module in MODULES if module.name != "__init__.py"}
    arrows = {
        name: {found for used in imported(module) for found in (used, used.rpartition(".")[0]) if found in modules}
        for name, module in modules.items()
    }
    assert len(list(TopologicalSorter(arrows).static_order())) == len(
        modules
    )  # raises with the circle, if there is one
