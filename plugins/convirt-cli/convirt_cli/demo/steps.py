"""The steps of the demonstration. Each is announced before it begins; whatever ends it, all is undone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from attrs import frozen

from convirt_cli.demo import daemons, guest, surroundings
from convirt_cli.demo.interruption import Interruption
from convirt_cli.demo.life import DemoVM
from convirt_cli.demo.names import DemoNames
from convirt_cli.demo.undo import Undo
from convirt_cli.shapes import findings
from convirt_core.errors import Cancelled
from convirt_core.model import Capability

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from convirt_cli.invocation import Invocation

T = TypeVar("T")


@frozen
class Shown:
    """What the demonstration showed.

    :param marker: what the guest said when it was up, with the token
    :param steps: as they were announced
    """

    vm: str
    token: str
    marker: str
    steps: tuple[str, ...]


class Demo:
    """One demonstration."""

    def __init__(self, run: Invocation) -> None:
        self._run = run
        self._names = DemoNames.new()
        self._steps: list[str] = []
        self._undo = Undo()
        self._interruption = Interruption()

    def show(self) -> Shown:
        """Show it all. Raises `ConvirtError`; `KeyboardInterrupt` after SIGINT, SIGTERM or SIGHUP."""
        with self._interruption.noted():
            try:
                marker = self._lived(self._made())
            except Cancelled:
                self._interruption.check()
                raise
            finally:
                self._announce("clears up and looks whether anything is left")
                self._undo.run()
        self._run.show("Nothing is left of it.")
        self._interruption.check()
        return Shown(self._names.thing, self._names.token, marker, tuple(self._steps))

    def _made(self) -> DemoVM:
        """Make the VM and all that it needs; whatever is made is first told how it is undone."""
        self._prepare()
        run, undo, name = self._run, self._undo, self._names.thing
        undo.add(partial(surroundings.verify_store, run.app, name))
        undo.add(partial(surroundings.forget_tasks, run.app, name))
        self._step("adds the server")
        server = surroundings.server_of_a_pool(run.app, name, undo)
        run.show(f"  {server.name}, platform {server.platform}")
        self._step("adds the image")
        image = surroundings.image(run.app, name, self._guest, undo)
        self._step("provisions the VM")
        vm = DemoVM(run.app, server, name, self._interruption.check)
        undo.add(vm.verify_gone)
        undo.add(vm.remove_all)
        self._cancellable(lambda: vm.provision(image, self._names.token))
        return vm

    def _prepare(self) -> None:
        """Look after what must be there before anything is made."""
        run = self._run
        self._step("looks for libvirt's daemons")
        daemons.start_missing(run.show, self._undo)
        self._undo.add(run.close)  # before the daemons end: it is connected to one
        self._step("looks at what this machine has")
        run.show(findings.table(surroundings.prerequisites(run.app)))
        self._step("builds the guest from Debian packages")
        guest.build(self._guest, self._interruption.check)

    @property
    def _guest(self) -> Path:
        """Where the guest is built, and kept for the next time."""
        return self._run.app.settings.data_folder / "demo" / "guest"

    def _lived(self, vm: DemoVM) -> str:
        """Take the VM through its life; return what its guest said at its boot."""
        marker = self._told("starts it and reads its serial console", lambda: vm.boot(self._names.token))
        self._step("takes its statistics")
        self._run.show(vm.stats())
        self._told("pauses it", lambda: vm.run(Capability.PAUSE))
        self._told("resumes it", lambda: vm.run(Capability.RESUME))
        self._told("saves it", vm.save)
        self._told("restores it", vm.restore)
        self._told("shuts it down", vm.shut_down)
        self._told("removes it", vm.remove)
        return marker

    def _told(self, step: str, work: Callable[[], str]) -> str:
        """Do one step and show what it says."""
        self._step(step)
        sentence = self._cancellable(work)
        self._run.show(f"  {sentence}")
        return sentence

    def _cancellable(self, work: Callable[[], T]) -> T:
        """Do work that a signal may end in the middle."""
        with self._interruption.cancelling(lambda: self._run.app.tasks):
            return work()

    def _step(self, step: str) -> None:
        self._interruption.check()
        self._announce(step)

    def _announce(self, step: str) -> None:
        self._steps.append(step)
        self._run.show(f"» {step}")
