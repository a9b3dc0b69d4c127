"""An application that has the toy hypervisors and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.toy.plugins import World, platform_class, watcher_class

from convirt_core.app import Application
from convirt_core.plugins import FailureLog, Plugins
from convirt_core.plugins.candidates import Candidate

if TYPE_CHECKING:
    from pathlib import Path

    from convirt_core.settings import Settings


def toy_plugins(application: Application, world: World, folder: Path) -> Plugins:
    """Return plugins of which only the toy's are installed."""

    class Here(Candidate):
        def load(self) -> object:
            return platform_class(world) if self.name == "toy" else watcher_class(world)

    found = [
        Here("convirt.platforms", "toy", "toy", "ToyPlatform", "convirt-toy", "1.0"),
        Here("convirt.extensions", "watcher", "toy", "Watcher", "convirt-toy", "1.0"),
    ]
    return Plugins(context_for=application._context, failures=FailureLog(folder / "results.json"), find=lambda: found)


class ToyApplication(Application):
    """An application in which only the toy is installed."""

    def __init__(self, settings: Settings, world: World) -> None:
        super().__init__(settings)
        self.world = world

    def _make_plugins(self) -> Plugins:
        return toy_plugins(self, self.world, self.settings.data_folder)


def names(app: Application) -> list[str]:
    """Return the names of the VMs of its one server."""
    [answer] = app.vms.list()
    return [each.name for each in answer.vms]
