"""The files of a VM that the destination gets: sent through this machine, or made empty for the hypervisor to fill."""

from __future__ import annotations

import json
import time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from convirt_core.errors import AlreadyExists, Busy, OperationFailed, ServerUnavailable
from convirt_core.model import Remain, RemainKind, VMRef
from convirt_core.services.migration.probing import same_content
from convirt_core.services.migration.storage import Role, There

if TYPE_CHECKING:
    from convirt_core.platforms import NodeProxy
    from convirt_core.services.migration.bound import Bound
    from convirt_core.services.migration.storage import MovingFile
    from convirt_core.services.servers import Server
    from convirt_core.services.tasks import TaskHandle

_PAUSE_SECONDS = 0.5


class Copies:
    """Brings files from one server to the other.

    :param folder: of this machine, for files on their way; made, and removed again
    :param bound: of the migration, which this is a part of
    """

    def __init__(self, handle: TaskHandle, source: Server, destination: Server, folder: Path, bound: Bound) -> None:
        self._handle = handle
        self._source = source.proxy
        self._destination = destination.proxy
        self._node = destination.node
        self._folder = folder
        self._bound = bound

    def is_needed(self, file: MovingFile) -> bool:
        """Hold a path at the destination until the task ends, and return whether the file is to be brought there.

        Another task may hold it, which brings the same file for another VM; that is waited for.

        :raises AlreadyExists: something else is there
        """
        self._hold(file.path)
        if self._destination.stat(file.path) is None:
            return True
        is_unexpected = file.role is Role.DISK and file.there is not There.ALIKE
        if is_unexpected or not self._is_same(file.path):
            raise AlreadyExists(
                f"There is a {file.path} on {self._node.name} already.", remedy="Look what it is, and remove it."
            )
        return False

    def prepare(self, disk: MovingFile) -> None:
        """Make an empty disk of the same format and size, which the hypervisor fills."""
        self._make_folder(disk.path)
        size_bytes = _virtual_size_bytes(self._source, disk.path)
        self._destination.write_file(disk.path, b"", mode=0o600)  # qemu-img keeps the mode of a file that is there
        made = self._destination.run(
            ["qemu-img", "create", "-q", "-f", disk.disk_format or "raw", disk.path, str(size_bytes)]
        )
        if made.exit_code:
            raise OperationFailed(f"{disk.path} could not be made on {self._node.name}: {made.error_text}.")

    def send(self, file: MovingFile) -> None:
        """Copy a file whole; that both servers have the same then is checked by checksums of their own."""
        self._make_folder(file.path)
        remain = Remain(RemainKind.IMAGE_FOLDER, "", str(self._folder))
        self._handle.remember(remain)
        self._folder.mkdir(parents=True, exist_ok=True)
        passing = self._folder / "file"
        self._transfer(file.path, passing)
        passing.unlink()
        self._folder.rmdir()
        self._handle.forget(remain)
        if not self._is_same(file.path):
            raise OperationFailed(
                f"{file.path} is not the same on {self._node.name} after it was copied.",
                remedy="Did anybody write to it meanwhile? Try again.",
            )

    def _transfer(self, path: str, passing: Path) -> None:
        name = PurePosixPath(path).name
        try:
            self._source.download(path, passing, progress=lambda done, all_: self._tell(f"fetches {name}", done, all_))
            self._destination.upload(passing, path, progress=lambda done, all_: self._tell(f"sends {name}", done, all_))
        except ServerUnavailable as error:  # which could be resumed, but that the task removes what it has made
            remedy = f"Try again once it answers: what has come of {name} is removed."
            raise type(error)(error.message, remedy=remedy) from error

    def _is_same(self, path: str) -> bool:
        self._handle.progress(None, f"compares {PurePosixPath(path).name}")
        return same_content(self._source, self._destination, path, check=self._check)

    def _check(self) -> None:
        self._handle.check_cancelled()
        self._bound.check()

    def _hold(self, path: str) -> None:
        place = VMRef(self._node.id, f"file:{path}")
        while True:
            try:
                return self._handle.lock(place)
            except Busy:
                self._handle.progress(None, f"waits for {PurePosixPath(path).name}")
                self._bound.check()
                time.sleep(_PAUSE_SECONDS)

    def _make_folder(self, path: str) -> None:
        self._destination.make_folder(str(PurePosixPath(path).parent))

    def _tell(self, stage: str, done: int, total: int) -> None:
        self._handle.progress(done / total if total else None, stage)
        self._bound.check()


def _virtual_size_bytes(proxy: NodeProxy, path: str) -> int:
    """Return how large the guest sees a disk. Source: qemu-img(1), `info`."""
    said = proxy.run(["qemu-img", "info", "-U", "--output=json", path])
    if said.exit_code:
        raise OperationFailed(f"It cannot be told how large {path} is: {said.error_text}.")
    return int(json.loads(said.stdout)["virtual-size"])
