"""The Xen lab as a person's ConVirt manages it: what tests do to its VMs, and hold against `xl list`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from labs.command_line import wait_until
from labs.guest import READY
from labs.xen.guest import KERNEL, RAMDISK
from labs.xen.lab import XenLab

from convirt_core.app import Application
from convirt_core.errors import ConvirtError
from convirt_core.model import Capability, ManagedNode, Task
from convirt_core.settings import Settings

if TYPE_CHECKING:
    from convirt_core.services.listed import ListedVM

LONG = 180.0
"""Seconds within which what Xen does here is done: all is emulated."""

GUEST = {"memory": 128, "kernel": KERNEL, "ramdisk": RAMDISK, "extra": "console=hvc0 quiet"}
"""A definition of the lab's guest."""


@contextmanager
def person_of(lab: XenLab) -> Iterator[None]:
    """Be somebody who knows the lab by its name and has its key."""
    with pytest.MonkeyPatch.context() as person:
        person.setenv("HOME", str(lab.home))
        person.delenv("SSH_AUTH_SOCK", raising=False)
        person.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        yield


class ManagedXen:
    """One Xen lab, in an inventory of its own as the server `dom0`.

    :ivar server: its platform was found out
    """

    def __init__(self, app: Application, lab: XenLab) -> None:
        self.app = app
        self.lab = lab
        self.server: ManagedNode = app.grid.add_server("dom0", address=lab.name)

    @classmethod
    @contextmanager
    def of(cls, lab: XenLab, folder: Path) -> Iterator[ManagedXen]:
        """Manage a lab, with the inventory in a folder."""
        places = {"CONVIRT_CONFIG": str(folder / "config.toml"), "CONVIRT_DATA": str(folder / "data")}
        with person_of(lab), Application.open(Settings.load(places)) as app:
            yield cls(app, lab)

    def define(self, name: str, **values: object) -> ListedVM:
        """Define a VM whose guest boots."""
        self.app.lifecycle.define(self.server, values={"name": name, **GUEST, **values}, force=True)
        return self.find(name)

    def find(self, name: str) -> ListedVM:
        """The VM as it is now, by its name."""
        return self.app.vms.find(f"dom0/{name}")

    def do(self, capability: Capability, vm: ListedVM, **settings: object) -> ListedVM:
        """Do one operation to its end; return the VM as it is then."""
        self.app.lifecycle.run(capability, vm, deadline_seconds=LONG, **settings)
        return self.app.vms.find(vm.ref.key)

    def boot(self, vm: ListedVM) -> ListedVM:
        """Start it, and wait until its guest is up."""
        vm = self.do(Capability.START, vm)
        self.wait_booted(vm)
        return vm

    def wait_booted(self, vm: ListedVM, times: int = 1) -> None:
        """Wait until its guest has come up so often."""
        self.lab.wait_said(vm.name, READY, times, LONG)

    def last_task(self) -> Task:
        """The task that was begun last."""
        return max(self.app.tasks.list(), key=lambda task: task.started_at)

    def kill(self, vm: ListedVM) -> None:
        """End it, and see that it has ended."""
        self.do(Capability.KILL, vm)
        assert self.lab.xl_domain(vm.name) is None


class Meanwhile:
    """Work that goes on in another thread, and how it ends.

    :ivar error: what it raised, once it has ended
    """

    def __init__(self, work: Callable[[], object]) -> None:
        self.error: ConvirtError | None = None
        self._work = work
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._work()
        except ConvirtError as error:
            self.error = error

    @property
    def goes_on(self) -> bool:
        """Whether it has not ended yet."""
        return self._thread.is_alive()

    def ended(self, within_seconds: float = LONG) -> ConvirtError | None:
        """Wait until it has ended; return its error."""
        wait_until(lambda: not self.goes_on, "it has ended", within_seconds)
        return self.error
