"""One provisioning on its way: the steps, in order. Everything is written down before it is made."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from convirt_core.errors import AlreadyExists
from convirt_core.hookspecs import VNodeSpec
from convirt_core.model import Capability, OperationRequest, Remain, RemainKind, VMRecord, VMRef
from convirt_core.platforms import missing_networks
from convirt_core.services.lifecycle import (
    Guard,
    define_managed,
    refuse_bad_definition,
    refuse_errors,
    refuse_taken,
)
from convirt_core.services.provisioning.copies import ImageCopies
from convirt_core.services.provisioning.disk_maker import DiskMaker
from convirt_core.services.provisioning.disk_plans import DiskPlan, disk_plans
from convirt_core.services.provisioning.draft import Draft
from convirt_core.services.provisioning.losses import telling_what_was_lost
from convirt_core.services.provisioning.variables import KERNEL_SOURCE, RAMDISK_SOURCE, Layers

if TYPE_CHECKING:
    from convirt_core.platforms import VMConfig
    from convirt_core.services.provisioning.request import ProvisionRequest
    from convirt_core.services.servers import Server
    from convirt_core.services.tasks import TaskHandle

_FOLDER_MODE = 0o711
"""QEMU's user goes through to its disk, and nobody lists them."""


class Job:
    """One provisioning.

    :param layers: of variables, below those of the image and the request
    """

    def __init__(
        self, request: ProvisionRequest, handle: TaskHandle, *, guard: Guard, server: Server, layers: Layers
    ) -> None:
        self._request = request
        self._handle = handle
        self._guard = guard
        self._server = server
        self._copies = ImageCopies(server.proxy, layers.copies_folder, request.image)
        self._draft = Draft(request, guard=guard, layers=layers)

    def run(self) -> VMRef:
        """Make the VM; return it."""
        self._handle.progress(0.0, "reads the image")
        config = self._draft.config()
        ref = VMRef(self._server.node.id, config.key)
        asked = OperationRequest(Capability.DEFINE, self._server.node, ref, config.name, task=self._handle.id)
        self._guard.announced([asked], lambda: self._make(config, ref), force=self._request.force)
        return ref

    def _make(self, config: VMConfig, ref: VMRef) -> str:
        self._server.look(lambda vnode: refuse_taken(vnode, config))
        self._check_placement(config)
        disks = self._make_disks(config)
        self._send_kernel()
        self._define(config, VMRecord(ref, config.name, image=self._request.image.id, disks=tuple(disks)))
        return f"{config.name} was made."

    def _check_placement(self, config: VMConfig) -> None:
        node, request = self._server.node, self._draft.placement(config)
        hook = VNodeSpec.convirt_check_placement
        said = self._guard.plugins.findings(node.platform, hook, request=request)
        missing = self._server.look(lambda vnode: missing_networks(config.nics(), vnode))
        what = f"{self._request.name} cannot be placed on {node.name}"
        refuse_errors([*missing, *said], what, force=self._request.force)

    def _make_disks(self, config: VMConfig) -> list[str]:
        maker = DiskMaker(
            self._server.proxy,
            self._request.image,
            self._copies,
            whole=self._request.copy,
            check=self._handle.check_cancelled,
        )
        plans = disk_plans(config.disks(), self._draft.settings)
        for number, plan in enumerate(plans):
            origin = f" from {plan.image_file}" if plan.image_file else ""
            with telling_what_was_lost(self._server.node.name, f"the disk {plan.disk.target} was made{origin}"):
                self._make_disk(maker, plan, 0.1 + 0.6 * number / len(plans), 0.6 / len(plans))
        return [plan.disk.source for plan in plans]

    def _make_disk(self, maker: DiskMaker, plan: DiskPlan, begin: float, share: float) -> None:
        def progress(done_bytes: int, all_bytes: int) -> None:
            fraction = done_bytes / all_bytes if all_bytes else 1.0
            self._handle.progress(begin + share * fraction, f"copies the disk {plan.disk.target}")

        self._handle.progress(begin, f"makes the disk {plan.disk.target}")
        maker.check_free(plan)
        self._make_folder(str(PurePosixPath(plan.disk.source).parent))
        self._remember(RemainKind.FILE, plan.disk.source)
        try:
            maker.check_free(plan)  # again: since it is written down, no other task of ours makes it
        except AlreadyExists:
            self._handle.forget(self._remain(RemainKind.FILE, plan.disk.source))
            raise
        maker.make(plan, progress)

    def _make_folder(self, path: str) -> None:
        if self._server.proxy.stat(path) is None:
            self._remember(RemainKind.FOLDER, path)
            self._server.proxy.make_folder(path, mode=_FOLDER_MODE)

    def _send_kernel(self) -> None:
        for source in (KERNEL_SOURCE, RAMDISK_SOURCE):
            if name := self._draft.setting(source):
                self._handle.progress(0.75, f"sends {name}")
                with telling_what_was_lost(self._server.node.name, f"{name} was sent"):
                    self._copies.provide(name)

    def _define(self, config: VMConfig, record: VMRecord) -> None:
        self._handle.progress(0.8, "defines the VM")
        refuse_bad_definition(self._guard, self._server, config, force=self._request.force)
        define_managed(self._guard.store, self._handle, self._server, config, record)

    def _remember(self, kind: str, name: str) -> None:
        self._handle.remember(self._remain(kind, name))

    def _remain(self, kind: str, name: str) -> Remain:
        return Remain(kind, self._server.node.id, name)
