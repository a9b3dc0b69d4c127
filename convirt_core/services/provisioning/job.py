"""One provisioning on its way: the steps, in order. Everything is written down before it is made."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from convirt_core.config import substitute
from convirt_core.errors import AlreadyExists
from convirt_core.hookspecs import VMConfigSpec, VNodeSpec
from convirt_core.model import ChecksFailed, Finding, PlacementRequest, Remain, VMRecord, VMRef, errors_in
from convirt_core.platforms import ConfigSource, VMConfig
from convirt_core.services.images import folder as image_folder
from convirt_core.services.provisioning import remains
from convirt_core.services.provisioning.copies import ImageCopies
from convirt_core.services.provisioning.disk_maker import DiskMaker
from convirt_core.services.provisioning.disk_plans import DiskPlan, disk_plans
from convirt_core.services.provisioning.variables import KERNEL_SOURCE, RAMDISK_SOURCE, Layers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convirt_core.plugins import Plugins
    from convirt_core.services.provisioning.request import ProvisionRequest
    from convirt_core.services.servers import Server
    from convirt_core.services.tasks import TaskHandle
    from convirt_core.store import Store

_DEFINE_SECONDS = 30.0


class Job:
    """One provisioning.

    :param layers: of variables, below those of the image and the request
    """

    def __init__(
        self,
        request: ProvisionRequest,
        handle: TaskHandle,
        *,
        server: Server,
        layers: Layers,
        plugins: Plugins,
        store: Store,
    ) -> None:
        self._request = request
        self._handle = handle
        self._server = server
        self._plugins = plugins
        self._store = store
        self._copies = ImageCopies(server.proxy, layers.copies_folder, request.image)
        settings = dict(image_folder.read_settings(request.image.folder)) | dict(request.settings)
        self._variables = layers.for_request(request, settings)
        self._settings = substitute(settings, self._variables)

    def run(self) -> VMRef:
        """Make the VM; return it."""
        config = self._config()
        self._check_name(config)
        self._check_placement(config)
        disks = self._make_disks(config)
        self._send_kernel()
        return self._define(config, disks)

    def _config(self) -> VMConfig:
        self._handle.progress(0.0, "reads the image")
        variables = dict(self._variables)
        for source, variable in ((KERNEL_SOURCE, "KERNEL"), (RAMDISK_SOURCE, "RAMDISK")):
            if name := self._setting(source):
                variables[variable] = self._copies.path_of(name)
        template = image_folder.read_template(self._request.image.folder)
        values = substitute(dict(template), variables) | dict(self._request.values) | {"name": self._request.name}
        definition = ConfigSource(
            "values", values=values, options=self._server.node.options, origin=str(self._request.image.template)
        )
        config = self._plugins.call(self._platform, VMConfigSpec.convirt_create_vm_config, source=definition)
        self._refuse(config.validate())
        return config

    def _check_name(self, config: VMConfig) -> None:
        vms = self._server.call(lambda vnode, _: vnode.vms())
        if any(vm.name == self._request.name or vm.key == config.key for vm in vms):
            raise AlreadyExists(
                f"{self._server.node.name} has a VM {self._request.name} already.", remedy="Choose another name."
            )

    def _check_placement(self, config: VMConfig) -> None:
        request = PlacementRequest(
            self._server.node,
            self._request.image,
            self._request.name,
            memory_bytes=int(str(config.get("memory") or 0)) << 20,
            vcpus=int(str(config.get("vcpus") or 1)),
        )
        self._refuse(self._plugins.findings(self._platform, VNodeSpec.convirt_check_placement, request=request))

    def _make_disks(self, config: VMConfig) -> list[str]:
        maker = DiskMaker(self._server.proxy, self._request.image, self._copies, whole=self._request.copy)
        plans = disk_plans(config.disks(), self._settings)
        for number, plan in enumerate(plans):
            self._make_disk(maker, plan, 0.1 + 0.6 * number / len(plans), 0.6 / len(plans))
        return [plan.disk.source for plan in plans]

    def _make_disk(self, maker: DiskMaker, plan: DiskPlan, begin: float, share: float) -> None:
        def progress(done_bytes: int, all_bytes: int) -> None:
            fraction = done_bytes / all_bytes if all_bytes else 1.0
            self._handle.progress(begin + share * fraction, f"copies the disk {plan.disk.target}")

        self._handle.progress(begin, f"makes the disk {plan.disk.target}")
        maker.check_free(plan)
        self._make_folder(str(PurePosixPath(plan.disk.source).parent))
        self._remember(remains.FILE, plan.disk.source)
        maker.make(plan, progress)

    def _make_folder(self, path: str) -> None:
        if self._server.proxy.stat(path) is None:
            self._remember(remains.FOLDER, path)
            self._server.proxy.make_folder(path)

    def _send_kernel(self) -> None:
        for source in (KERNEL_SOURCE, RAMDISK_SOURCE):
            if name := self._setting(source):
                self._handle.progress(0.75, f"sends {name}")
                self._copies.provide(name)

    def _define(self, config: VMConfig, disks: list[str]) -> VMRef:
        self._handle.progress(0.8, "defines the VM")
        self._refuse(self._server_findings(config))
        ref = VMRef(self._server.node.id, config.key)
        self._handle.lock(ref)
        self._remember(remains.DOMAIN, ref.key)
        self._server.call(lambda _, vmm: vmm.define(config), deadline_seconds=_DEFINE_SECONDS)
        self._remember(remains.RECORD, ref.key)
        image = self._request.image.id
        self._store.vms.add(VMRecord(ref, self._request.name, image=image, disks=tuple(disks)))
        return ref

    def _server_findings(self, config: VMConfig) -> list[Finding]:
        hook = VMConfigSpec.convirt_validate_vm_config
        return self._server.call(
            lambda vnode, _: self._plugins.findings(self._platform, hook, config=config, vnode=vnode),
            deadline_seconds=_DEFINE_SECONDS,
        )

    @property
    def _platform(self) -> str:
        return self._server.node.platform

    def _setting(self, key: str) -> str:
        return str(self._settings.get(key) or "")

    def _remember(self, kind: str, name: str) -> None:
        self._handle.remember(Remain(kind, self._server.node.id, name))

    def _refuse(self, findings: Iterable[Finding]) -> None:
        found = list(findings)
        errors = errors_in(found)
        if errors:
            message = f"{self._request.name} cannot be made on {self._server.node.name}: "
            raise ChecksFailed(
                message + " ".join(error.message for error in errors),
                found,
                remedy=" ".join(error.remedy for error in errors if error.remedy),
            )
