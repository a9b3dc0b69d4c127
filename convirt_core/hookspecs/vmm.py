"""Operations: making a VMM, and what is asked and told around each operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.hookspecs.markers import hookspec
from convirt_core.hookspecs.platform import PluginSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.model import Finding, OperationRequest, Outcome
    from convirt_core.platforms import VMM, VNode


class VMMSpec(PluginSpec):
    """The factory is the platform's; the rest is the platform's and every extension's."""

    @hookspec
    def convirt_create_vmm(self, vnode: VNode) -> VMM:
        """Make the VMM of a VNode that this platform made. No I/O.

        Example::

            @hookimpl
            def convirt_create_vmm(self, vnode: VNode) -> VMM:
                return ToyVMM(vnode)
        """
        raise NotImplementedError

    @hookspec
    def convirt_before_operation(self, operation: OperationRequest) -> Sequence[Finding]:
        """Say what stands against an operation. An error refuses it, unless forced.

        A checker that raises or is late is itself an error finding.

        Example::

            @hookimpl
            def convirt_before_operation(self, operation: OperationRequest) -> Sequence[Finding]:
                if operation.capability is not Capability.KILL:
                    return []
                return [Finding("no-kill", "Policy", Severity.ERROR, "VMs are not killed here.", "Shut it down.")]
        """
        raise NotImplementedError

    @hookspec
    def convirt_after_operation(self, operation: OperationRequest, outcome: Outcome) -> None:
        """Be told how an operation ended. It cannot change the outcome.

        Example::

            @hookimpl
            def convirt_after_operation(self, operation: OperationRequest, outcome: Outcome) -> None:
                self.context.logger.info("%s of %s: %s", operation.capability, operation.vm_name, outcome.status)
        """
        raise NotImplementedError
