"""Making a VM's disks on its server: an overlay, a whole copy, or an empty one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import AlreadyExists, DeadlineExceeded, LoginFailed, OperationFailed, ServerUnavailable
from convirt_core.services.provisioning.copies import ImageCopies, image_file
from convirt_core.services.provisioning.disk_format import disk_format

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from convirt_core.model import Image
    from convirt_core.platforms import NodeProxy, Progress
    from convirt_core.services.provisioning.disk_plans import DiskPlan

_MODE = 0o600
_SECONDS = 24 * 3600.0
"""A bound against what hangs, not an expectation: a person may cancel."""


class DiskMaker:
    """Makes disks from one image on one server.

    :param whole: make whole copies, not overlays
    :param check: called while a command runs; what it raises (`Cancelled`) ends the command
    """

    def __init__(
        self, proxy: NodeProxy, image: Image, copies: ImageCopies, *, whole: bool, check: Callable[[], None]
    ) -> None:
        self._proxy = proxy
        self._image = image
        self._copies = copies
        self._whole = whole
        self._check = check

    def check_free(self, plan: DiskPlan) -> None:
        """Raise `AlreadyExists` if there is a file at the disk's path: it is never overwritten."""
        if self._proxy.stat(plan.disk.source) is not None:
            raise AlreadyExists(
                f"There is a file {plan.disk.source} already.", remedy="Remove it, or choose another name."
            )

    def make(self, plan: DiskPlan, progress: Progress | None = None) -> None:
        """Make one disk, for its VM alone to read. A failure leaves at most a file at `plan.disk.source`."""
        disk = plan.disk
        if not plan.image_file:
            self._make_file(disk.source, "create", "-f", disk.format, disk.source, f"{plan.size_mib}M")
            return
        self._from_image(plan, progress)
        if plan.size_mib:
            # A size below the image's own would cut its end off: qemu-img refuses that without --shrink.
            self._qemu_img("resize", "-f", disk.format, disk.source, f"{plan.size_mib}M")

    def _from_image(self, plan: DiskPlan, progress: Progress | None) -> None:
        source = image_file(self._image, plan.image_file)
        base_format, disk = disk_format(source), plan.disk
        if disk.format == "qcow2" and not self._whole:
            base = self._copies.provide(plan.image_file, progress)
            self._make_file(disk.source, "create", "-f", "qcow2", "-b", base, "-F", base_format, disk.source)
        elif disk.format == base_format:
            self._upload(source, disk.source, progress)
            self._run(["chmod", f"{_MODE:o}", disk.source])  # an upload is a new file
        else:
            base = self._copies.provide(plan.image_file, progress)
            self._make_file(disk.source, "convert", "-f", base_format, "-O", disk.format, base, disk.source)

    def _upload(self, source: Path, path: str, progress: Progress | None) -> None:
        try:
            self._proxy.upload(source, path, progress=progress)
        except (DeadlineExceeded, LoginFailed):
            raise
        except ServerUnavailable as error:
            # An upload promises to send only the rest the next time, but what has come of a disk is removed.
            raise ServerUnavailable(error.message) from error

    def _make_file(self, path: str, *words: str) -> None:
        # qemu-img keeps the mode of a file that is there: the image may be anybody's to read, the guest's data is not.
        self._proxy.write_file(path, b"", mode=_MODE)
        self._qemu_img(*words)

    def _qemu_img(self, verb: str, *arguments: str) -> None:
        self._run(["qemu-img", verb, "-q", *arguments])

    def _run(self, argv: Sequence[str]) -> None:
        result = self._proxy.run(argv, timeout_seconds=_SECONDS, check=self._check)
        if result.exit_code != 0:
            reason = result.error_text.removeprefix(f"{argv[0]}: ").rstrip(".") or f"exit code {result.exit_code}"
            raise OperationFailed(f"The disk could not be made on the server: {reason}.")
