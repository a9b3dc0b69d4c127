"""What an evacuation would do: the server that each VM would go to, and what stands against it there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.errors import ConvirtError
from convirt_core.model import errors_in
from convirt_core.services.migration.choosing import Candidates
from convirt_core.services.migration.plan import resident_memory_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from convirt_core.model import ManagedNode
    from convirt_core.services.lifecycle.guard import Guard
    from convirt_core.services.listed import ListedVM
    from convirt_core.services.migration.evacuation import EvacuationOptions
    from convirt_core.services.migration.plan import Plan


@frozen
class Prospect:
    """What would become of one VM.

    :param plan: towards the server that it would go to, or the first that refuses it, if all do; None: no server
        could be asked
    :param error: why not; only then
    """

    vm: ListedVM
    plan: Plan | None = None
    error: ConvirtError | None = None


class Foresight:
    """Looks at an evacuation without doing it: one VM after the other, each beside those that would go before it.

    :param vms: in the order in which they would go
    :param destinations: to choose from
    """

    def __init__(
        self, guard: Guard, vms: Sequence[ListedVM], destinations: Sequence[ManagedNode], options: EvacuationOptions
    ) -> None:
        self._vms = vms
        self._candidates = Candidates(guard, vms, destinations, options.migration)
        self._force = options.force
        self._promised_bytes: Counter[str] = Counter()  # by server id: no VM has gone, but these would have

    def look(self, told: Callable[[Prospect], None]) -> list[Prospect]:
        """Return what would become of each.

        :param told: of each as soon as it was looked at
        """
        prospects = []
        for vm in self._vms:
            prospects.append(self._prospect(vm))
            told(prospects[-1])
        return prospects

    def _prospect(self, vm: ListedVM) -> Prospect:
        try:
            return Prospect(vm, self._choose(vm))
        except ConvirtError as error:
            return Prospect(vm, error=error)

    def _choose(self, vm: ListedVM) -> Plan:
        refused = []
        for plan in self._candidates.plans(vm, lambda node: self._promised_bytes[node.id]):
            if self._force or not errors_in(plan.findings):
                self._promised_bytes[plan.request.destination.id] += resident_memory_bytes(vm)
                return plan
            refused.append(plan)
        return refused[0]
