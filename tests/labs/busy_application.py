"""An application that does everything at once: lists, sends an image, holds consoles and a screen, migrates a VM."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from labs.bios_vm import BiosVM

from convirt_core.app import Application
from convirt_core.model import ManagedNode
from convirt_core.platforms import SerialConsole
from convirt_core.services.images import ImageSource
from convirt_core.services.listed import ListedVM
from convirt_core.services.provisioning import ProvisionRequest

HEAR_SECONDS = 30.0
_GREETING = b"RFB 003.008\n"
_TEMPLATE = "name = '$VM_NAME'\nmemory = 32\nvcpus = 1\ndisk = ['tap:qcow2:$VM_DISKS_DIR/$VM_NAME.qcow2,vda,w']\n"


@dataclass
class Work:
    """What became of it.

    :param seconds: of each work, from the moment at which all of them began
    :param listed: how many times all servers were listed
    :param heard: names of the VMs that were heard on their consoles, also while another migrated
    :param screen: where the screen is served, on its server
    """

    seconds: dict[str, float] = field(default_factory=dict)
    listed: int = 0
    heard: list[str] = field(default_factory=list)
    screen: str = ""
    image_bytes: int = 0


class BusyApplication:
    """All of it, with VMs that run already.

    :param talkers: VMs whose consoles are opened
    :param mover: one of them that migrates
    :param viewed: one that has a screen
    """

    def __init__(self, app: Application, talkers: Sequence[BiosVM], mover: BiosVM, viewed: BiosVM) -> None:
        self.app = app
        self.talkers = talkers
        self.mover = mover
        self.viewed = viewed
        self.work = Work()
        self._over = threading.Event()
        self._begin = threading.Barrier(4)

    def run(self, destination: ManagedNode, image: Path, new_vm: str) -> Work:
        """Do it; raises whatever one of them raises.

        :param destination: of the migration, and the server that the image is sent to
        :param image: of the disk
        :param new_vm: the name of the VM that is made from it, and removed again
        """
        jobs = [
            lambda: self._migrate(destination),
            lambda: self._send_image(destination, image, new_vm),
            self._view,
            self._list,
        ]
        with ExitStack() as stack:
            stack.enter_context(closing(self.app.watch(lambda _: None)))  # so that hearts beat meanwhile
            threads = stack.enter_context(ThreadPoolExecutor(len(jobs) + len(self.talkers)))
            stack.callback(self._over.set)
            lines = [stack.enter_context(closing(self._console(vm))) for vm in self.talkers]
            listening = [threads.submit(self._listen, vm, line) for vm, line in zip(self.talkers, lines, strict=True)]
            working = [threads.submit(job) for job in jobs]
            _results(working[:2])
            self._over.set()
            _results([*working, *listening])
        return self.work

    def _found(self, vm: BiosVM) -> ListedVM:
        return self.app.vms.find(vm.key)

    def _console(self, vm: BiosVM) -> SerialConsole:
        return self.app.lifecycle.open_console(self._found(vm))

    def _listen(self, vm: BiosVM, line: SerialConsole) -> None:
        """Hear a VM until all is over, and then once more."""
        _hear(line, vm.says)
        self._over.wait(HEAR_SECONDS)
        _hear(line, vm.says)
        self.work.heard.append(vm.name)

    def _migrate(self, destination: ManagedNode) -> None:
        plan = self.app.migrations.plan(self._found(self.mover), destination)
        with self._timed("migration"):
            self.app.migrations.migrate(plan)

    def _send_image(self, server: ManagedNode, disk: Path, name: str) -> None:
        group = self.app.images.add_group("busy")
        template = disk.with_suffix(".template")
        template.write_text(_TEMPLATE)
        image = self.app.images.add("busy", "kvm", group, ImageSource(disk=disk, template=template))
        with self._timed("image"):
            self.app.provisioning.provision(ProvisionRequest(image, server, name, start=False))
        self.work.image_bytes = disk.stat().st_size
        self.app.lifecycle.remove(self.app.vms.find(f"{server.name}/{name}"))
        assert self.app.images.remove(image) == []

    def _view(self) -> None:
        """Greet the screen, as a viewer of VNC does, and stay until all is over."""
        screen, forwarded = self.app.lifecycle.open_screen(self._found(self.viewed))
        self.work.screen = screen.host
        with closing(forwarded), socket.socket(socket.AF_UNIX) as viewer, self._timed("screen"):
            viewer.settimeout(HEAR_SECONDS)
            viewer.connect(forwarded.path)
            assert viewer.recv(len(_GREETING)) == _GREETING
            viewer.sendall(_GREETING)
            self._over.wait(HEAR_SECONDS)
            assert viewer.recv(2) == b"\x01\x01"  # one kind of security: none

    def _list(self) -> None:
        with self._timed("listing"):
            while not self._over.is_set():
                answers = list(self.app.vms.list())
                assert [answer.error for answer in answers] == [None] * len(answers)
                self.work.listed += 1

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        """Begin together with the others."""
        self._begin.wait(HEAR_SECONDS)
        begun = time.monotonic()
        yield
        self.work.seconds[what] = round(time.monotonic() - begun, 1)


def _results(futures: Sequence[Future[None]]) -> None:
    """Wait for all; raise what they raise together, for one that fails is the failure of those that wait for it."""
    errors = [error for future in futures if isinstance(error := future.exception(120), Exception)]
    if errors:
        raise ExceptionGroup("not all of it succeeded", errors)


def _hear(line: SerialConsole, wanted: bytes) -> None:
    """Read a console until something is said."""
    said, deadline = b"", time.monotonic() + HEAR_SECONDS
    while wanted not in said:
        assert time.monotonic() < deadline, said[-500:]
        piece = line.read(timeout_seconds=1)
        assert piece is not None, "the console has ended"
        said += piece
