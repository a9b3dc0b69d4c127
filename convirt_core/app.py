"""The one object that a front end needs."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Self, TypeVar, cast

from convirt_core.errors import Refused
from convirt_core.hookspecs import PlatformSpec
from convirt_core.plugins import Context, Deadlines, Plugins
from convirt_core.remote import Ways
from convirt_core.services.inventory import StoredInventory
from convirt_core.services.servers import Servers
from convirt_core.services.vms import VMs
from convirt_core.settings import Settings
from convirt_core.store import Store

if TYPE_CHECKING:  # these parts are imported when they are first used: listing VMs needs none of them
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from convirt_core.model import Event, ManagedNode, Task
    from convirt_core.remote import Questions
    from convirt_core.services.environment import Environments
    from convirt_core.services.grid import GridManager
    from convirt_core.services.images import ImageStore
    from convirt_core.services.lifecycle import Guard, Lifecycle
    from convirt_core.services.metrics import Metrics
    from convirt_core.services.migration import Migrations
    from convirt_core.services.provisioning import Provisioning
    from convirt_core.services.provisioning.placing import Placing
    from convirt_core.services.servers.watch import Watch
    from convirt_core.services.tasks import Tasks

T = TypeVar("T")


class Application:
    """Everything of one inventory: opened, used, closed. Any number of them live in one process. Any thread.

    Use it as a context manager. Its parts are imported and made when first used, the store too: what needs
    no inventory works while that cannot be opened. A front end begins with `recover()`.
    """

    def __init__(self, settings: Settings, questions: Callable[[], Questions] | None = None) -> None:
        self.settings = settings
        self._questions = questions
        self._lock = threading.RLock()
        self._parts: dict[str, object] = {}
        self._is_closed = False

    @classmethod
    def open(cls, settings: Settings | None = None, *, questions: Callable[[], Questions] | None = None) -> Self:
        """Return an application.

        :param settings: None: those of the person's configuration and environment
        :param questions: makes what asks a person for passwords and about new host keys, when there is something to
            ask for the first time; None: nobody is there
        :raises ConfigError: for a configuration that is not what it should be
        """
        return cls(settings or Settings.load(os.environ), questions)

    @property
    def store(self) -> Store:
        """The inventory. Raises `StoreError` if it cannot be opened."""
        settings = self.settings
        return self._part("store", lambda: Store.open(settings.store_file, busy_seconds=settings.store_busy_seconds))

    @property
    def plugins(self) -> Plugins:
        """What is installed, and the only way to it."""
        return self._part("plugins", self._make_plugins)

    @property
    def servers(self) -> Servers:
        """The open servers."""
        return self._part("servers", lambda: Servers(self.store, self.plugins, Ways(self._questions)))

    @property
    def tasks(self) -> Tasks:
        """Long work."""
        return self._part("tasks", self._make_tasks)

    def recover(self, on_slow: Callable[[Task], None] = lambda _: None) -> list[Task]:
        """Clear up after tasks of ended processes, see `Tasks.recover`; one query when there is nothing to do."""
        return self.tasks.recover(on_slow) if self.store.has_open_tasks() else []

    @property
    def vms(self) -> VMs:
        """Looking at VMs."""
        folder = self.settings.data_folder / "answers"
        return self._part("vms", lambda: VMs(self.store, self.plugins, self.servers, folder))

    def watch(
        self, listener: Callable[[Event], None], which: Callable[[], Sequence[ManagedNode]] | None = None
    ) -> Watch:
        """Stay open: start the extensions, and keep servers connected until what is returned is closed.

        :param listener: told of each event of each server and of its state; called from any thread, returns at once
        :param which: returns the servers to watch, as they are in the inventory; None: all
        """
        self.plugins.start_extensions_soon()
        return self.servers.watch(listener, which)

    @property
    def grid(self) -> GridManager:
        """Pools and servers."""
        from convirt_core.services.grid import GridManager  # noqa: PLC0415  imported when first used

        return self._part(
            "grid",
            lambda: GridManager(self.store, self.plugins, self.servers, lambda: self.environments, self.vms.forget),
        )

    @property
    def environments(self) -> Environments:
        """What servers are beneath their hypervisors."""
        from convirt_core.services.environment import Environments  # noqa: PLC0415  imported when first used

        return self._part("environments", lambda: Environments(self.servers))

    @property
    def lifecycle(self) -> Lifecycle:
        """What is done to VMs."""
        from convirt_core.services.lifecycle import Lifecycle  # noqa: PLC0415  imported when first used

        return self._part("lifecycle", lambda: Lifecycle(self._guard))

    @property
    def images(self) -> ImageStore:
        """What VMs are made from."""
        from convirt_core.remote import LocalProxy  # noqa: PLC0415  imported when first used
        from convirt_core.services.images import ImageStore  # noqa: PLC0415  imported when first used

        return self._part(
            "images",
            lambda: ImageStore(
                self.store,
                self.settings.image_store,
                tasks=self.tasks,
                templates=lambda platform: self.plugins.call(platform, PlatformSpec.convirt_templates),
                local=LocalProxy(),
                forget_copies=self.provisioning.forget_copies,
            ),
        )

    @property
    def provisioning(self) -> Provisioning:
        """Making VMs from images."""
        from convirt_core.services.provisioning import Provisioning  # noqa: PLC0415  imported when first used

        return self._part(
            "provisioning",
            lambda: Provisioning(
                self._guard,
                self.lifecycle.start_within,
                bridge_of=lambda node: self.environments.of(node).default_bridge,
                placing=self._placing,
            ),
        )

    @property
    def migrations(self) -> Migrations:
        """Moving VMs to other servers."""
        from convirt_core.services.migration import Migrations  # noqa: PLC0415  imported when first used

        folder = self.settings.data_folder / "migration"
        return self._part("migrations", lambda: Migrations(self._guard, self.vms, folder))

    @property
    def metrics(self) -> Metrics:
        """What servers and VMs use."""
        from convirt_core.services.metrics import Metrics  # noqa: PLC0415  imported when first used

        return self._part("metrics", lambda: Metrics(self.servers))

    def _placing(self) -> Placing:
        from convirt_core.services.provisioning.placing import Placing  # noqa: PLC0415  imported when first used

        return Placing(self.plugins, self.servers, self.metrics)

    @property
    def _guard(self) -> Guard:
        from convirt_core.services.lifecycle import Guard  # noqa: PLC0415  imported when first used

        return self._part("guard", lambda: Guard(self.store, self.plugins, self.servers, self.tasks))

    def close(self) -> None:
        """Cancel the tasks, stop the threads and close what is open. May be called twice."""
        with self._lock:
            tasks = cast("Tasks | None", self._parts.get("tasks"))
        if tasks is not None:  # before anything is closed: what they undo needs the servers
            tasks.close()
        with self._lock:
            self._is_closed = True
            parts, self._parts = self._parts, {}
        for name in ("servers", "plugins", "store"):
            if name in parts:
                cast("Servers | Plugins | Store", parts[name]).close()

    def _part(self, name: str, make: Callable[[], T]) -> T:
        """Return a part, made when first asked for."""
        with self._lock:
            if self._is_closed:
                raise Refused("The application was closed.", remedy="Open another one.")
            if name not in self._parts:
                self._parts[name] = make()
            return cast("T", self._parts[name])

    def _make_plugins(self) -> Plugins:
        return Plugins.open(
            self.settings.data_folder / "plugins",
            context_for=self._context,
            disabled=self.settings.disabled_plugins,
            deadlines=Deadlines(**self.settings.plugin_deadlines),
        )

    def _context(self, plugin: str) -> Context:
        return Context(
            plugin,
            self.settings.plugins.get(plugin, {}),
            StoredInventory(lambda: self.store),
            lambda title, kind, work: self.tasks.start(title, kind, lambda _: work()).id,
            self.settings.data_folder / "plugins",
        )

    def _make_tasks(self) -> Tasks:
        from convirt_core.services.removers import register_removers  # noqa: PLC0415  imported when first used
        from convirt_core.services.tasks import Tasks  # noqa: PLC0415  imported when first used

        tasks = Tasks(self.store)
        register_removers(tasks, self.store, lambda: self.servers)
        return tasks

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
