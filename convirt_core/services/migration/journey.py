"""What must be known of a VM on its way, so that whoever finds it brings it to an end: the journal of a migration."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Self

from attrs import asdict, frozen

from convirt_core.model import Remain, RemainKind, VMRef

if TYPE_CHECKING:
    from convirt_core.store import Store


@frozen
class Journey:
    """One VM on its way.

    :param source: id of the server
    :param destination: likewise
    :param live: it runs meanwhile
    :param was_running: when it set off
    :param autostart: it starts with its server
    :param made: paths of files at the destination that are made for it, and go if it does not arrive
    :param left: paths of its disks at the source that go when it has arrived
    """

    key: str
    name: str
    source: str
    destination: str
    live: bool
    was_running: bool
    autostart: bool
    made: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def ref(self) -> VMRef:
        """The VM at the source."""
        return VMRef(self.source, self.key)

    def as_remain(self) -> Remain:
        """Return what is written into the task."""
        return Remain(RemainKind.MIGRATION, self.source, self.key, json.dumps(asdict(self), sort_keys=True))

    @classmethod
    def of_remain(cls, remain: Remain) -> Self:
        """Read it again."""
        values = json.loads(remain.detail)
        return cls(**{**values, "made": tuple(values["made"]), "left": tuple(values["left"])})


def task_of_journey(store: Store, ref: VMRef) -> str:
    """Return the id of the task that moves a VM, or that is to bring that to an end; empty: there is none.

    :param ref: the VM, at either server
    """
    for task in (*store.tasks.running(), *store.tasks.left_over()):
        if ref in task.vms and any(remain.kind == RemainKind.MIGRATION for remain in task.remains):
            return task.id
    return ""
