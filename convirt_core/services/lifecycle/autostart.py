"""Starting a VM with its server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import Capability
from convirt_core.services.lifecycle.asking import ask

if TYPE_CHECKING:
    from convirt_core.services.lifecycle.guard import Attempt, Guard
    from convirt_core.services.listed import ListedVM


def set_autostart(guard: Guard, vm: ListedVM, *, enabled: bool, force: bool) -> str:
    """Start it with its server, or not; return a sentence."""

    def work(attempt: Attempt) -> str:
        ask(
            attempt.server,
            lambda _, vmm: vmm.set_autostart(vm.ref.key, enabled),
            lambda vnode, _: vnode.vm(vm.ref.key).autostart is enabled,
            f"the autostart of {vm.name}",
        )
        return f"{attempt.vm.name} {'starts' if enabled else 'does not start'} with {attempt.server.node.name}."

    title = f"Set the autostart of {vm.name} on {vm.server.name}"
    return guard.change(vm, [Capability.AUTOSTART], title, work, arguments={"enabled": enabled}, force=force)
