"""Making a VM from an image, as one task that leaves nothing behind when it fails or is cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import evolve

from convirt_core.errors import ConvirtError, NotSupported, Refused
from convirt_core.model import Image, ManagedNode, PlacementRequest, VMRef, check_vm_name
from convirt_core.services.provisioning.copies import ImageCopies
from convirt_core.services.provisioning.draft import Draft
from convirt_core.services.provisioning.job import Job
from convirt_core.services.provisioning.users import users_of
from convirt_core.services.provisioning.variables import Layers, refuse_shared

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.model import Nic, ServerPool
    from convirt_core.services.lifecycle import Guard
    from convirt_core.services.provisioning.placement import Placement
    from convirt_core.services.provisioning.placing import Placing
    from convirt_core.services.provisioning.request import ProvisionRequest
    from convirt_core.services.tasks import TaskHandle

_LOOK_SECONDS = 60.0


class Start(Protocol):
    """Boots a VM within a task; returns when it is seen running."""

    def __call__(self, handle: TaskHandle, ref: VMRef, *, force: bool) -> None:
        """See `Lifecycle.start_within`."""


class Provisioning:
    """Makes VMs from images.

    :param bridge_of: asks a server for the bridge that leads outside
    :param placing: asked for when a pool, not a server, is named
    """

    def __init__(
        self,
        guard: Guard,
        start: Start,
        bridge_of: Callable[[ManagedNode], str],
        placing: Callable[[], Placing],
    ) -> None:
        self._guard = guard
        self._start = start
        self._bridge_of = bridge_of
        self._placing = placing

    def provision(self, request: ProvisionRequest) -> VMRef:
        """Make a VM, and boot it if asked; return it.

        :raises AlreadyExists: the name, or a file of the VM, is there already
        :raises Refused: the image is for another platform
        :raises ChecksFailed: a check of the platform or an extension refuses
        """
        check_vm_name(request.name)
        refuse_shared(request.settings)
        _check_image(request.image, request.server)
        made: list[VMRef] = []

        def work(handle: TaskHandle) -> str:
            made.append(self._work(request, handle))
            return f"{request.name} is {'running' if request.start else 'ready'} on {request.server.name}."

        # The VM has no key yet: its name is what two provisionings must not share.
        held = VMRef(request.server.id, f"name:{request.name}")
        title = f"Provision {request.name} from {request.image.name} on {request.server.name}"
        self._guard.tasks.run(title, "provision", work, vms=[held])
        return made[0]

    def place(self, pool: ServerPool, on: Callable[[ManagedNode], ProvisionRequest]) -> Placement:
        """Choose the server of a pool for a new VM; nothing is made.

        :param on: what is to be provisioned, if it is on this server
        :raises Refused: the pool has no servers
        :raises AlreadyExists: one of them has a VM of this name, and it is not forced
        :raises ServerUnavailable: none of them answers
        :raises InvalidInput: the VM cannot be defined on any of them
        :raises ChecksFailed: something stands against each of them
        """
        requests = [on(node) for node in self._guard.store.servers.of_pool(pool.id)]
        if not requests:
            raise Refused(
                f"The pool {pool.name} has no servers.", remedy=f"convirt server move SERVER --pool {pool.name}."
            )
        check_vm_name(requests[0].name)
        refuse_shared(requests[0].settings)
        _check_builtin(requests[0].image)

        def nics_on(node: ManagedNode) -> list[Nic]:
            return Draft(on(node), guard=self._guard, layers=self._layers(node)).config().nics()

        placements = [self._placement(request) for request in requests]
        return self._placing().choose(placements, nics_on, force=requests[0].force)

    def _placement(self, request: ProvisionRequest) -> PlacementRequest:
        node = request.server
        if node.platform != request.image.platform:  # its size there is nobody's concern
            return PlacementRequest(node, request.image, request.name, memory_bytes=0, vcpus=0)
        # The size does not depend on the bridge. Whoever is big enough is asked for that later, all at the same time.
        layers = evolve(self._layers(node), default_bridge=str)
        draft = Draft(request, guard=self._guard, layers=layers)
        return draft.placement(draft.config())

    def forget_copies(self, image: Image) -> list[str]:
        """Remove what servers keep of an image; return a sentence for each server that keeps it."""
        kept = []
        for node in self._guard.store.servers.all():
            if node.platform == image.platform:
                try:
                    self._forget_copies_on(node, image)
                except ConvirtError as error:
                    kept.append(f"{node.name} keeps copies of {image.name}: {error.message}")
        return kept

    def _forget_copies_on(self, node: ManagedNode, image: Image) -> None:
        server = self._guard.servers.of(node)
        copies = ImageCopies(server.proxy, self._layers(node).copies_folder, image)
        if server.proxy.stat(copies.folder) is None:
            return
        users = server.call(
            lambda vnode, vmm: users_of(copies.folder, vnode, vmm, server.proxy), deadline_seconds=_LOOK_SECONDS
        )
        if users:
            raise Refused(f"{', '.join(users)} stand{'s' if len(users) == 1 else ''} on them.")
        copies.remove()

    def _work(self, request: ProvisionRequest, handle: TaskHandle) -> VMRef:
        server = self._guard.servers.get(request.server.id)
        layers = self._layers(request.server)
        ref = Job(request, handle, guard=self._guard, server=server, layers=layers).run()
        if request.start:
            handle.progress(0.9, "starts the VM")
            self._start(handle, ref, force=request.force)
        return ref

    def _layers(self, node: ManagedNode) -> Layers:
        pool = self._guard.store.pools.get(node.pool) if node.pool else None
        return Layers(self._guard.plugins.platform(node.platform), node, pool, lambda: self._bridge_of(node))


def _check_image(image: Image, server: ManagedNode) -> None:
    if image.platform != server.platform:
        raise Refused(
            f"The image {image.name} is for {image.platform}; {server.name} runs {server.platform}.",
            remedy="Choose an image or a server of the other kind.",
        )
    _check_builtin(image)


def _check_builtin(image: Image) -> None:
    if image.script.exists():
        raise NotSupported(
            f"The image {image.name} has a provisioning script of its own, which is not supported.",
            remedy=f"Remove {image.script.name} from it to use the built-in provisioning.",
        )
