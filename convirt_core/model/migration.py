"""How a VM is to move to another server, how far it has come, and what its servers must be like for it."""

from __future__ import annotations

from attrs import frozen


@frozen
class MigrationOptions:
    """How a VM is to move.

    :param live: it runs meanwhile; False: the definition of a stopped VM moves
    :param copy_storage: disks that the destination does not reach are copied to it
    :param direct: this machine leads the hypervisors, and its end ends the migration; False: the source leads
        (peer to peer), and the migration goes on when this machine is switched off
    :param bandwidth_bytes_per_second: at most so much of the network; 0: all there is
    :param max_downtime_milliseconds: so long may the VM stand still at the end; 0: what the hypervisor thinks right
    :param compress: send memory compressed
    :param auto_converge: slow the VM down if it changes its memory quicker than that can be sent
    :param post_copy: let it run at the destination before all of its memory is there; if the way between the servers
        breaks then, the VM is lost
    :param keep_source_disks: leave the disks at the source after they were copied
    :param copied_disks: targets of the disks that are copied; found out, not chosen
    :param shared_storage: a probe file proved that the destination reaches all other disks; likewise
    """

    live: bool = True
    copy_storage: bool = False
    direct: bool = False
    bandwidth_bytes_per_second: int = 0
    max_downtime_milliseconds: int = 0
    compress: bool = False
    auto_converge: bool = False
    post_copy: bool = False
    keep_source_disks: bool = False
    copied_disks: tuple[str, ...] = ()
    shared_storage: bool = False


@frozen
class MigrationProgress:
    """How far a migration has come. Totals grow while the VM changes what was sent already.

    :param disk_bytes_per_second: 0: the hypervisor does not say, as QEMU of disks that it copies
    :param expected_downtime_milliseconds: how long the hypervisor expects the VM to stand still at the end, which is
        its limit before it knows better; 0: not known
    :param is_measured: the hypervisor counts what it sends; of one that does not, nobody can say that it sends nothing
    """

    memory_total_bytes: int = 0
    memory_remaining_bytes: int = 0
    memory_bytes_per_second: int = 0
    disk_total_bytes: int = 0
    disk_remaining_bytes: int = 0
    disk_bytes_per_second: int = 0
    expected_downtime_milliseconds: int = 0
    is_measured: bool = True

    @property
    def fraction(self) -> float | None:
        """What of all there is has been sent, 0.0 to 1.0; None: not known yet."""
        total = self.memory_total_bytes + self.disk_total_bytes
        if not total:
            return None
        return max(0.0, 1.0 - (self.memory_remaining_bytes + self.disk_remaining_bytes) / total)


@frozen
class GuestKind:
    """A kind of guest: what a VM is, or what a server can run.

    :param architecture: of the guest's processors, such as `x86_64`
    :param virtualization: who runs it, as the hypervisor says: `kvm`, `qemu`, `xen`
    :param os_type: `hvm` for a full machine, or what the hypervisor calls its others
    :param machines: machine types that it may have; of a VM: the one it has; empty: there are none, or none is known
    """

    architecture: str
    virtualization: str
    os_type: str = "hvm"
    machines: frozenset[str] = frozenset()


@frozen
class HypervisorFacts:
    """What a server's hypervisor is, as far as a migration minds.

    :param version: such as (7, 2, 17); empty: not known
    :param kinds: of guests that it can run; empty: not known
    :param memory_free_bytes: what VMs can still be given; None: not known
    :param processor: of the server, in the hypervisor's own words
    """

    name: str = ""
    version: tuple[int, ...] = ()
    kinds: tuple[GuestKind, ...] = ()
    memory_free_bytes: int | None = None
    processor: str = ""
