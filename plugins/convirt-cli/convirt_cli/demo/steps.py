"""The steps of the demonstration. Each is announced before it begins; whatever ends it, all is undone."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from attrs import frozen

from convirt_cli.demo import daemons, guest, surroundings
from convirt_cli.demo.interruption import interrupted_once, shield
from convirt_cli.demo.life import DemoVM
from convirt_cli.demo.names import DemoNames
from convirt_cli.shapes import findings
from convirt_core.model import Capability

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_cli.invocation import Invocation


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

    def show(self) -> Shown:
        """Show it all. Raises `ConvirtError`; `KeyboardInterrupt` at the first SIGINT, SIGTERM or SIGHUP."""
        undo = ExitStack()
        with interrupted_once():
            try:
                vm = self._made(undo)
                marker = self._lived(vm)
            finally:
                shield()
                self._step("clears up and looks whether anything is left")
                undo.close()
        self._run.show("Nothing is left of it.")
        return Shown(self._names.thing, self._names.token, marker, tuple(self._steps))

    def _made(self, undo: ExitStack) -> DemoVM:
        """Make the VM and all that it needs; whatever is made is first told how it is undone."""
        run, name = self._run, self._names.thing
        self._step("looks for libvirt's daemons")
        daemons.start_missing(run.show, undo.callback)
        undo.callback(run.close)  # before the daemons end: it is connected to one
        self._step("looks at what this machine has")
        run.show(findings.table(surroundings.prerequisites(run.app)))
        self._step("builds the guest from Debian packages")
        folder = run.app.settings.data_folder / "demo" / "guest"
        guest.build(folder)
        undo.callback(surroundings.verify_store, run.app, name)
        self._step("adds the server")
        server = surroundings.server_of_a_pool(run.app, name, undo)
        run.show(f"  {server.name}, platform {server.platform}")
        self._step("adds the image")
        image = surroundings.image(run.app, name, folder, undo)
        self._step("provisions the VM")
        vm = DemoVM(run.app, server, name)
        undo.callback(vm.verify_gone)
        undo.callback(vm.remove_all)
        vm.provision(image, self._names.token)
        return vm

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
        sentence = work()
        self._run.show(f"  {sentence}")
        return sentence

    def _step(self, step: str) -> None:
        self._steps.append(step)
        self._run.show(f"» {step}")
