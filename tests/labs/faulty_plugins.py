"""Distributions for tests: real metadata and modules in a folder, as an installer leaves them.

`install` writes any distribution; `install_faulty` writes one for each way in which a plugin can be bad.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CORE = "convirt-core>=0.1,<1"


def install(
    folder: Path,
    name: str,
    *,
    version: str = "1.0",
    entry_points: Mapping[str, str],
    modules: Mapping[str, str],
    requires: Sequence[str] = (CORE,),
) -> Path:
    """Write a distribution; return its `.dist-info` folder.

    :param entry_points: plugin id → object, such as `{"platforms:toy": "toy:Toy"}`
    :param modules: module name → source
    """
    for module, source in modules.items():
        (folder / f"{module}.py").write_text(dedent(source))
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    lines = [
        "Metadata-Version: 2.4",
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {r}" for r in requires),
    ]
    (info / "METADATA").write_text("\n".join([*lines, "", "A plugin for tests.", ""]))
    (info / "entry_points.txt").write_text(entry_points_text(entry_points))
    (info / "INSTALLER").write_text("tests\n")
    return info


def entry_points_text(entry_points: Mapping[str, str]) -> str:
    """Return an `entry_points.txt`."""
    lines = []
    for plugin_id, target in entry_points.items():
        group, _, name = plugin_id.partition(":")
        lines += [f"[convirt.{group}]", f"{name} = {target}", ""]
    return "\n".join(lines)


def platform_source(display_name: str, *, before: str = "") -> str:
    """Return the source of a module with a good platform `Toy`; `before` runs first, at import."""
    return f"""\
{before}
from convirt_core.hookspecs import PlatformSpec, hookimpl
from convirt_core.model import Capability
from convirt_core.platforms import Platform


class Toy(PlatformSpec):
    @hookimpl
    def convirt_platform(self):
        return Platform({display_name!r}, frozenset({{Capability.START}}))
"""


def checker_source(body: str, *, hook: str = "convirt_before_operation") -> str:
    """Return the source of a module with an extension `Checker`, whose check runs `body`."""
    return f"""\
import time
from convirt_core.hookspecs import VMMSpec, hookimpl
from convirt_core.model import Finding, Severity


class Checker(VMMSpec):
    @hookimpl
    def {hook}(self, operation):
        {body}
"""


@dataclass(frozen=True)
class Faulty:
    """One bad distribution.

    :param id: of its plugin
    :param reason: a part of what `plugin list` says of it after `plugin check`
    :param source: of its module
    """

    distribution: str
    id: str
    reason: str
    source: str
    requires: tuple[str, ...] = (CORE,)
    version: str = "1.2"

    @property
    def module(self) -> str:
        """The name of its module."""
        return self.distribution.replace("-", "_")

    def install(self, folder: Path) -> None:
        """Write it."""
        attribute = "Toy" if self.id.startswith("platforms:") else "Checker"
        install(
            folder,
            self.distribution,
            version=self.version,
            entry_points={self.id: f"{self.module}:{attribute}"},
            modules={self.module: self.source},
            requires=self.requires,
        )


FAULTY = (
    Faulty(
        "convirt-raises",
        "platforms:raises",
        "raised RuntimeError on import: out of order",
        platform_source("Raises", before="raise RuntimeError('out of order')"),
    ),
    Faulty(
        "convirt-lacks",
        "platforms:lacks",
        "needs convirt-nowhere>=1, which is not installed",
        platform_source("Lacks", before="import convirt_nowhere"),
        requires=(CORE, "convirt-nowhere>=1"),
    ),
    Faulty(
        "convirt-misspelled",
        "extensions:misspelled",
        "convirt_befor_operation is not a hook (did you mean convirt_before_operation?)",
        checker_source("return []", hook="convirt_befor_operation"),
    ),
    Faulty("convirt-twin-a", "platforms:twin", "claims a name that convirt-twin-b 1.2", platform_source("Twin A")),
    Faulty("convirt-twin-b", "platforms:twin", "claims a name that convirt-twin-a 1.2", platform_source("Twin B")),
    Faulty(
        "convirt-future",
        "platforms:future",
        "needs convirt-core>=9, but",
        platform_source("Future"),
        requires=("convirt-core>=9",),
    ),
    Faulty(
        "convirt-exits",
        "platforms:exits",
        "called sys.exit(3) on import",
        platform_source("Exits", before="import sys; sys.exit(3)"),
    ),
    Faulty(
        "convirt-prints",
        "platforms:prints",
        "prints to standard output: 'hello from a plugin'",
        platform_source("Prints", before="print('hello from a plugin')"),
    ),
    Faulty(
        "convirt-sleeps",
        "platforms:sleeps",
        "s on import",
        platform_source("Sleeps", before="import time; time.sleep(60)"),
    ),
    Faulty(
        "convirt-raises-in-check",
        "extensions:raises-in-check",
        "raised ZeroDivisionError in convirt_before_operation",
        checker_source("1 / 0"),
    ),
    Faulty(
        "convirt-sleeps-in-check",
        "extensions:sleeps-in-check",
        "s in convirt_before_operation",
        checker_source("time.sleep(60)"),
    ),
)
"""Ten ways to be bad; one of them takes two distributions."""


def install_faulty(folder: Path) -> Sequence[Faulty]:
    """Write all of them."""
    for faulty in FAULTY:
        faulty.install(folder)
    return FAULTY
