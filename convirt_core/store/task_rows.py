"""Tasks as rows: reading them, and changing one that has not ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs
import peewee

from convirt_core.errors import AlreadyExists, Conflict, NotFound
from convirt_core.model import Remain, Task, TaskState, VMRef
from convirt_core.store.faults import damaged
from convirt_core.store.owners import owner_mark
from convirt_core.store.tables import Row, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from convirt_core.store.database import Database

_COLUMNS = (*(attribute.name for attribute in attrs.fields(Task)), "owner_mark")
NO_REMAINS = to_json(())


class TaskRows:
    """The table of tasks, without what its states mean between processes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.table("tasks", _COLUMNS)

    def get(self, task_id: str) -> Task:
        """Return one task. Raises `NotFound`."""
        for task, _ in self._where(self._table.id == task_id):
            return task
        raise NotFound(f"There is no task {task_id}.")

    def _insert(self, task: Task) -> None:
        row = _columns({attribute.name: getattr(task, attribute.name) for attribute in attrs.fields(Task)})
        try:
            self._table.insert(**row, owner_mark=owner_mark(task.owner)).execute()
        except peewee.IntegrityError as error:
            raise AlreadyExists(f"There is a task {task.id} already.") from error

    def _change(self, task_id: str, **values: object) -> Task:
        with self._database.transaction():
            if self.get(task_id).state.is_over:
                raise Conflict(f"Task {task_id} has ended already.", remedy="Look at what it left, and begin again.")
            self._update(task_id, values)
            return self.get(task_id)

    def _update(self, task_id: str, values: Mapping[str, object]) -> None:
        with self._database.access():
            self._table.update(**_columns(values)).where(self._table.id == task_id).execute()

    def _where(self, *conditions: Any) -> list[tuple[Task, str]]:
        query = self._table.select().where(*conditions) if conditions else self._table.select()
        with self._database.access():
            rows: list[Row] = list(query.order_by(self._table.started_at, self._table.id).dicts())
        try:
            return [_task(row) for row in rows]
        except (ValueError, TypeError, AttributeError) as error:
            raise damaged(self._database.path, "a task cannot be read") from error


def without_doubles(items: Iterable[Any]) -> tuple[Any, ...]:
    """Return each item once, in order."""
    return tuple(dict.fromkeys(items))


def _columns(values: Mapping[str, object]) -> dict[str, object]:
    return {name: _json(value) if name in {"vms", "remains"} else value for name, value in values.items()}


def _json(items: Any) -> str:
    return to_json([attrs.astuple(item) for item in items])


def _task(row: Row) -> tuple[Task, str]:
    fields = dict(row)
    mark = fields.pop("owner_mark")
    fields["state"] = TaskState(fields["state"])
    fields["vms"] = tuple(VMRef(*vm) for vm in json.loads(fields["vms"]))
    fields["remains"] = tuple(Remain(*remain) for remain in json.loads(fields["remains"]))
    fields["cancel_requested"] = bool(fields["cancel_requested"])
    return Task(**fields), mark
