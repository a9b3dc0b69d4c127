"""Records whose VM has appeared on another server, by somebody else's hand."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from convirt_core.errors import AlreadyExists, NotFound
from convirt_core.services.migration.journey import task_of_journey

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from convirt_core.model import VMRecord, VMRef
    from convirt_core.store import Store

_logger = logging.getLogger("convirt.vms")


def adopt(
    store: Store, records: Iterable[VMRecord], strangers: Iterable[VMRef], keys: Mapping[str, AbstractSet[str]]
) -> None:
    """Give records to the servers that their VMs are on now.

    A VM that is on its first server as well is reported, and so is one of a server that does not say. What a task
    holds is on its way, and that task's business; of one that moves although its task has ended, that is said.

    :param strangers: VMs without a record of their own, whose key is known from another server
    :param keys: server → the keys of the VMs that it has; of the servers that have answered
    """
    held = {ref for task in store.tasks.running() for ref in task.vms}
    by_key = {record.ref.key: record for record in records}
    for stranger in strangers:
        record = by_key[stranger.key]
        if stranger in held or record.ref in held:
            continue
        if record.ref.key in keys.get(record.ref.server, {record.ref.key}):
            _tell_of_two(store, record, stranger)
            continue
        try:
            store.vms.move(record.ref, stranger.server)
        except (AlreadyExists, NotFound) as error:  # another process was quicker
            _logger.info("the record of %s was not moved: %s", record.name, error)
        else:
            _logger.info("%s has moved to another server, and its record with it: %s", record.name, stranger)


def _tell_of_two(store: Store, record: VMRecord, stranger: VMRef) -> None:
    here, there = (store.servers.get(server).name for server in (record.ref.server, stranger.server))
    if not (task := task_of_journey(store, stranger)):
        _logger.warning("%s is known from %s, which has not let it go: it is on %s as well.", record.name, here, there)
        return
    _logger.warning(
        "A migration of %s from %s to %s is under way, or was cut off, and its convirt has ended. "
        "Wait for its end, or end it: convirt task cancel %s",
        record.name,
        here,
        there,
        task,
    )
