"""The life of the demonstration's VM, step by step."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

from convirt_cli.demo.guest import Listener
from convirt_cli.shapes import metrics
from convirt_core.errors import NotFound, OperationFailed, Refused
from convirt_core.model import Capability, Image, ManagedNode, VMMetrics, VMRef
from convirt_core.services.provisioning import ProvisionRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_cli.parts import Table
    from convirt_core.app import Application
    from convirt_core.services.listed import ListedVM

_BOOT_SECONDS = 120.0  # pure emulation on a busy machine; 6 s on a quiet one
_SHUTDOWN_SECONDS = 30.0
_REMOVE_SECONDS = 8.0
_RETRY_SECONDS = 0.3


class DemoVM:
    """One VM, from its provisioning to its removal.

    :param check: is called now and then while the guest is listened to; what it raises ends that
    """

    def __init__(self, app: Application, server: ManagedNode, name: str, check: Callable[[], None]) -> None:
        self._check = check
        self._app = app
        self._server = server
        self._name = name
        self._ref: VMRef | None = None
        self.disks: tuple[str, ...] = ()

    @property
    def now(self) -> ListedVM:
        """The VM as it is now."""
        return self._app.vms.find(self._ref.key if self._ref else f"{self._server.name}/{self._name}")

    @property
    def save_path(self) -> str:
        """Where its memory is written: beside its disk."""
        return self.disks[0].removesuffix(".vda.qcow2") + ".save"

    def provision(self, image: Image, token: str) -> None:
        """Make it from the image; its kernel is told the token."""
        settings = {"TOKEN": token, "vda_disk_create": "yes", "vda_disk_size": "64"}
        request = ProvisionRequest(image, self._server, self._name, settings=settings, start=False)
        self._ref = self._app.provisioning.provision(request)
        record = self._app.vms.record(self._ref)
        self.disks = record.disks if record else ()

    def boot(self, token: str) -> str:
        """Start it and return the line that says it is up, with the token."""
        self.run(Capability.START)
        with closing(self._app.lifecycle.open_console(self.now)) as console:
            return Listener(console, self._check).wait_for(f"LAB-GUEST-READY token={token}", seconds=_BOOT_SECONDS)

    def run(self, capability: Capability) -> str:
        """Do one operation."""
        return self._app.lifecycle.run(capability, self.now)

    def stats(self) -> Table:
        """Return what it uses, from two looks a second apart.

        :raises OperationFailed: it seems to use nothing
        """
        snapshot = self._app.metrics.snapshot(self._server, interval_seconds=1.0)
        mine = next((vm for vm in snapshot.vms if vm.name == self._name), None)
        if mine is None or not _is_alive(mine):
            raise OperationFailed(f"{self._name} runs, but shows neither processor time nor memory.")
        return metrics.vm_table([(self._server.name, mine)])

    def save(self) -> str:
        """Write its memory to a file and stop it."""
        return self._app.lifecycle.run(Capability.SAVE, self.now, path=self.save_path)

    def restore(self) -> str:
        """Continue it from that file."""
        done = self._app.lifecycle.restore(self._server, self.save_path)
        self._app.servers.get(self._server.id).proxy.remove_file(self.save_path)
        return done

    def shut_down(self) -> str:
        """Press its power button; return the line that says it saw that."""
        with closing(self._app.lifecycle.open_console(self.now)) as console:
            self.run(Capability.SHUTDOWN)
            return Listener(console, self._check).wait_for("LAB-GUEST-POWERBUTTON", seconds=_SHUTDOWN_SECONDS)

    def remove(self) -> str:
        """Remove it with its disk."""
        return self._app.lifecycle.remove(self.now)

    def remove_all(self) -> None:
        """Remove whatever there is of it, in whichever state; what was asked last may still be going on."""
        end = time.monotonic() + _REMOVE_SECONDS
        while True:
            try:
                self._remove_now()
                break
            except (Refused, OperationFailed):
                if time.monotonic() > end:
                    raise
                time.sleep(_RETRY_SECONDS)
        for path in self._files:
            self._app.servers.get(self._server.id).proxy.remove_file(path)

    def _remove_now(self) -> None:
        try:
            found = self.now
        except NotFound:
            return
        if found.vm.state.is_resident:
            self._app.lifecycle.run(Capability.KILL, found, force=True)
        self._app.lifecycle.remove(self.now, force=True)

    def verify_gone(self) -> None:
        """Raise `OperationFailed` if the server still has anything of it: domain, process, disk, saved state."""
        server = self._app.servers.get(self._server.id)
        left = [f"the file {path}" for path in self._files if server.proxy.stat(path) is not None]
        vms = server.call(lambda vnode, _: vnode.vms())
        left += [f"the domain {vm.name}" for vm in vms if vm.name == self._name]
        process = server.proxy.run(["pgrep", "--full", f"guest={self._name},"])
        left += [f"the process {pid}" for pid in process.text.split()]
        if left:
            raise OperationFailed(f"{self._server.name} still has {', '.join(left)}.")

    @property
    def _files(self) -> list[str]:
        return [*self.disks, self.save_path] if self.disks else []


def _is_alive(vm: VMMetrics) -> bool:
    return vm.cpu_seconds > 0 and vm.memory_bytes > 0
