"""Moving a running VM to another server."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar

import libvirt
from attrs import evolve

from convirt_core.errors import InvalidInput, OutcomeUnknown
from convirt_libvirt.errors import is_lost, sentence
from convirt_libvirt.migration import jobs, routes
from convirt_libvirt.migration.moving import Moving
from convirt_libvirt.migration.parameters import flags_of, parameters_of
from convirt_libvirt.migration.refusals import known_refusal
from convirt_libvirt.vmm.base import LibvirtVMMBase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from convirt_core.model import MigrationOptions, MigrationProgress
    from convirt_core.platforms import VMM, VMConfig
    from convirt_libvirt.vnode import LibvirtVNode

_MOVABLE = libvirt.VIR_DOMAIN_XML_MIGRATABLE | libvirt.VIR_DOMAIN_XML_SECURE


class Migration(LibvirtVMMBase):
    """Migration of running VMs, peer to peer or led from here.

    :cvar migration_flags: which of libvirt's the driver knows; others it would refuse
    :cvar measures_migrations: the driver says how much has been sent
    """

    migration_flags: ClassVar[int] = -1
    measures_migrations: ClassVar[bool] = True

    def migrate(
        self, key: str, destination: VMM, options: MigrationOptions, *, progress: Callable[[MigrationProgress], None]
    ) -> None:
        other = _libvirt(destination)
        connection = self.vnode.connection
        domain = self.find(key)
        uri = "" if options.direct else routes.daemon_uri(self.vnode, other.vnode)
        parameters = parameters_of(options, address=routes.data_address(other.vnode, uri))
        with connection.asking(f"read the state of {domain.name()}"):
            flags = self.migration_flags & flags_of(options, persistent=bool(domain.isPersistent()))
        if options.max_downtime_milliseconds:
            with connection.changing(f"limit the downtime of {domain.name()}"):
                domain.migrateSetMaxDowntime(options.max_downtime_milliseconds, 0)

        def move() -> None:
            with connection.apart() as handle:
                moving = self.find(key, handle)
                name = moving.name()
                with connection.changing(f"migrate {name}"), _between(self.vnode, other.vnode, handle, name):
                    if not options.direct:
                        moving.migrateToURI3(uri, parameters, flags)
                        return
                    with other.vnode.connection.apart() as far:
                        moving.migrate3(far, parameters, flags)

        def tell(now: MigrationProgress) -> None:
            progress(evolve(now, is_measured=self.measures_migrations))

        Moving(domain, move, post_copy=options.post_copy, turn=connection.in_turn).run(tell)

    def is_migrating(self, key: str) -> bool:
        domain = self.find(key)
        with self.vnode.connection.in_turn():
            return jobs.is_migrating(domain)

    def stop_migration(self, key: str) -> None:
        domain = self.find(key)
        with self.vnode.connection.changing(f"end the migration of {domain.name()}"):
            if jobs.is_migrating(domain):
                domain.abortJob()

    def moving_config(self, key: str) -> VMConfig:
        domain = self.find(key)
        if not self.is_active(domain):
            return self.config(key)
        with self.vnode.connection.asking(f"read the running side of {domain.name()}"):
            xml: str = domain.XMLDesc(_MOVABLE)
        return self.read_config(xml)

    def way_refusal(self, destination: VMM, options: MigrationOptions) -> str:
        refusal = routes.data_refusal if options.direct else routes.refusal
        return refusal(self.vnode, _libvirt(destination).vnode)

    def arrival_downtime_milliseconds(self, key: str) -> int | None:
        domain: Any = self.find(key)
        with (
            suppress(libvirt.libvirtError),
            self.vnode.connection.in_turn(),
        ):  # of a VM that came long ago, or never, libvirt knows nothing
            stats = domain.jobStats(
                libvirt.VIR_DOMAIN_JOB_STATS_COMPLETED | libvirt.VIR_DOMAIN_JOB_STATS_KEEP_COMPLETED
            )
            return int(stats["downtime"]) if "downtime" in stats else None
        return None


@contextmanager
def _between(source: LibvirtVNode, destination: LibvirtVNode, handle: libvirt.virConnect, name: str) -> Iterator[None]:
    """Say a refusal whose cause is known in our words; tell a wire that broke between the servers from our own.

    The connection to the source is not given up for the servers' wire.

    :param handle: the connection to the source on which the call waits
    :param name: the VM's
    """
    try:
        yield
    except libvirt.libvirtError as error:
        refusal = known_refusal(error, vm=name, here=source.node.name, there=destination.node.name)
        if refusal is not None:
            raise refusal from error
        if not (is_lost(error) and handle.isAlive()):
            raise
        raise OutcomeUnknown(
            f"{source.node.name} lost {destination.node.name} on the way: {sentence(error)}.",
            remedy=f"Look whether libvirt runs on {destination.node.name}, and at the network between them.",
        ) from error


def _libvirt(destination: VMM) -> LibvirtVMMBase:
    if not isinstance(destination, LibvirtVMMBase):
        raise InvalidInput(f"{destination.vnode.node.name} is not a server of libvirt.")
    return destination
