"""A folder on `sys.path` to install plugins to, and the plugins of an application that finds them there."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import pytest
from labs.faulty_plugins import checker_source, install, platform_source

from convirt_core.model import Capability, ManagedNode, OperationRequest, VMRef
from convirt_core.plugins import Context, Deadlines, FailureLog, Plugins

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import ModuleType


class NoInventory:
    """An inventory with nothing in it."""

    def pools(self) -> Sequence[object]:
        return ()

    servers = vm_records = pools


class Site:
    """A folder of installed distributions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._modules: set[str] = set()

    def install(self, name: str, entry_points: Mapping[str, str], modules: Mapping[str, str], **more: object) -> Path:
        """Install a distribution."""
        self._modules.update(modules)
        info = install(self.folder, name, entry_points=entry_points, modules=modules, **more)
        importlib.invalidate_caches()
        return info

    def platform(self, name: str = "toy", *, before: str = "", **more: object) -> None:
        """Install a good platform in the distribution `convirt-<name>`, displayed as its name in capitals."""
        module = self.module_name("platform", name)
        source = platform_source(name.upper(), before=before)
        self.install(f"convirt-{name}", {f"platforms:{name}": f"{module}:Toy"}, {module: source}, **more)

    def extension(self, name: str, source: str, attribute: str = "Checker") -> None:
        """Install an extension in the distribution `convirt-<name>`."""
        module = self.module_name("extension", name)
        self.install(f"convirt-{name}", {f"extensions:{name}": f"{module}:{attribute}"}, {module: source})

    def checker(self, name: str, body: str) -> None:
        """Install an extension whose `convirt_before_operation` runs `body`."""
        self.extension(name, checker_source(body))

    def module_name(self, kind: str, name: str) -> str:
        """Return a module's name that no other test uses: one that hangs on import keeps its name locked."""
        return f"{kind}_{name}_of_{self.folder.parent.name}"

    def module(self, kind: str, name: str) -> ModuleType | None:
        """Return the module of a plugin, if it has been imported."""
        return sys.modules.get(self.module_name(kind, name))

    def rewrite(self, kind: str, name: str, source: str) -> None:
        """Replace a plugin's code."""
        (self.folder / f"{self.module_name(kind, name)}.py").write_text(source)

    def forget(self) -> None:
        """Take what was imported from here out of the interpreter."""
        for module in self._modules:
            sys.modules.pop(module, None)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    site = Site(folder)
    yield site
    site.forget()


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def context_for(data_folder: Path) -> Callable[[str], Context]:
    def context_for(plugin_id: str) -> Context:
        return Context(plugin_id, {"colour": "red"}, NoInventory(), lambda *_: "task-1", data_folder)

    return context_for


@pytest.fixture
def open_plugins(
    site: Site, data_folder: Path, context_for: Callable[[str], Context]
) -> Iterator[Callable[..., Plugins]]:
    """Makes `Plugins`; call it when everything is installed. Closes them at the end."""
    del site
    opened: list[Plugins] = []

    def open_plugins(**arguments: object) -> Plugins:
        arguments = {"context_for": context_for, "failures": FailureLog(data_folder / "results.json"), **arguments}
        opened.append(Plugins(**arguments))
        return opened[-1]

    yield open_plugins
    for plugins in opened:
        plugins.close()


@pytest.fixture
def impatient() -> Deadlines:
    """Deadlines that a sleeping plugin misses soon."""
    return Deadlines(extension_seconds=0.2, platform_seconds=0.2, stop_seconds=0.2)


@pytest.fixture
def start_request() -> OperationRequest:
    node = ManagedNode("server-1", "host1", "toy")
    return OperationRequest(Capability.START, node, VMRef("server-1", "key-1"), "web1")
