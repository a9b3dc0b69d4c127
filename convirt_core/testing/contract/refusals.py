"""What is not declared is not there: never a half-done operation.

What the kit itself needs is always declared; what has no method of its own in a VMM, the core refuses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from convirt_core.errors import NotSupported
from convirt_core.model import Capability, Disk, MigrationOptions, Nic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convirt_core.platforms import VMM
    from convirt_core.testing.workbench import Workbench

_DISK = Disk("vdz", "/srv/kit/none")
_NIC = Nic(source="kit-none")

ASK: Mapping[Capability, Callable[[VMM, str], object]] = {
    Capability.START: lambda vmm, key: vmm.start(key),
    Capability.SHUTDOWN: lambda vmm, key: vmm.shutdown(key),
    Capability.REBOOT: lambda vmm, key: vmm.reboot(key),
    Capability.RESET: lambda vmm, key: vmm.reset(key),
    Capability.KILL: lambda vmm, key: vmm.kill(key),
    Capability.PAUSE: lambda vmm, key: vmm.pause(key),
    Capability.RESUME: lambda vmm, key: vmm.resume(key),
    Capability.SAVE: lambda vmm, key: vmm.save(key, "/srv/kit/none"),
    Capability.RESTORE: lambda vmm, _: vmm.restore("/srv/kit/none"),
    Capability.MANAGED_SAVE: lambda vmm, key: vmm.managed_save(key),
    Capability.AUTOSTART: lambda vmm, key: vmm.set_autostart(key, True),
    Capability.SET_MEMORY_LIVE: lambda vmm, key: vmm.set_memory_live(key, 1 << 27),
    Capability.SET_VCPUS_LIVE: lambda vmm, key: vmm.set_vcpus_live(key, 1),
    Capability.ATTACH_DISK: lambda vmm, key: vmm.attach_disk(key, _DISK, live=False, stored=True),
    Capability.DETACH_DISK: lambda vmm, key: vmm.detach_disk(key, "vdz", live=False, stored=True),
    Capability.ATTACH_NIC: lambda vmm, key: vmm.attach_nic(key, _NIC, live=False, stored=True),
    Capability.DETACH_NIC: lambda vmm, key: vmm.detach_nic(key, "02:00:00:00:00:01", live=False, stored=True),
    Capability.ATTACH_DISK_LIVE: lambda vmm, key: vmm.attach_disk(key, _DISK, live=True, stored=False),
    Capability.DETACH_DISK_LIVE: lambda vmm, key: vmm.detach_disk(key, "vdz", live=True, stored=False),
    Capability.ATTACH_NIC_LIVE: lambda vmm, key: vmm.attach_nic(key, _NIC, live=True, stored=False),
    Capability.DETACH_NIC_LIVE: lambda vmm, key: vmm.detach_nic(key, "02:00:00:00:00:01", live=True, stored=False),
    Capability.SNAPSHOT: lambda vmm, key: vmm.create_snapshot(key, "kit", ""),
    Capability.SERIAL_CONSOLE: lambda vmm, key: vmm.open_serial_console(key),
    Capability.GRAPHICAL_CONSOLE: lambda vmm, key: vmm.graphical_console(key),
    Capability.MIGRATE_LIVE: lambda vmm, key: vmm.migrate(key, vmm, MigrationOptions(), progress=lambda _: None),
}
"""How each capability with a method of its own is asked of a VMM."""


class Refusals:
    """What the platform leaves out."""

    @pytest.mark.parametrize("capability", sorted(ASK))
    def test_what_is_not_declared_is_not_supported(self, bench: Workbench, capability: Capability) -> None:
        if capability in bench.capabilities:
            pytest.skip(f"{bench.node.platform} declares {capability}")
        vm = bench.stopped()
        with pytest.raises(NotSupported):
            bench.call(lambda _, vmm: ASK[capability](vmm, vm.ref.key))
        assert bench.find(vm.ref.key).vm.state is vm.vm.state

    @pytest.mark.parametrize("capability", sorted(ASK))
    def test_what_is_declared_is_refused_for_no_vm_in_principle(self, bench: Workbench, capability: Capability) -> None:
        refusal = bench.stopped().vm.refusal(capability)
        assert (refusal is None or refusal.supported) == (capability in bench.capabilities)
