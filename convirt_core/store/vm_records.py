"""What is kept about managed VMs."""

from __future__ import annotations

import json
from typing import Any

import attrs

from convirt_core.model import VMRecord, VMRef
from convirt_core.store.tables import Row, ValueTable, to_json


class VMRecordTable(ValueTable[VMRecord, VMRef]):
    """Records of VMs, by server and platform key. Names are those last seen and need not be unique."""

    kind = VMRecord
    what = "VM"
    table_name = "vms"
    columns = ("server", "key", "name", "image", "notes", "disks", "settings", "row_version")

    def find(self, ref: VMRef) -> VMRecord | None:
        """Return the record of a VM, or None for one that is not managed."""
        found = self._where(self._has_key(ref))
        return found[0] if found else None

    def of_server(self, server: str) -> list[VMRecord]:
        """Return the records of one server's VMs, by name."""
        return self._where(self._table.server == server)

    def of_image(self, image: str) -> list[VMRecord]:
        """Return the records of the VMs that were provisioned from an image, by name."""
        return self._where(self._table.image == image)

    def move(self, ref: VMRef, new_server: str) -> VMRecord:
        """Give a record to another server, as a migration does; return it with its new reference.

        :raises NotFound: if the record or the server is not there
        :raises AlreadyExists: if the other server has a record of this key
        """
        with self._database.transaction():
            record = self.get(ref)
            moved = attrs.evolve(record, ref=VMRef(new_server, ref.key), row_version=record.row_version + 1)
            row = {**self._to_row(moved), "row_version": moved.row_version}
            with self._constraints(moved):
                self._table.update(**row).where(self._has_key(ref)).execute()
        return moved

    def _key_of(self, what: VMRecord | VMRef) -> VMRef:
        return what if isinstance(what, VMRef) else what.ref

    def _has_key(self, key: VMRef) -> Any:
        return (self._table.server == key.server) & (self._table.key == key.key)

    def _to_row(self, value: VMRecord) -> dict[str, Any]:
        return {
            "server": value.ref.server,
            "key": value.ref.key,
            "name": value.name,
            "image": value.image,
            "notes": value.notes,
            "disks": to_json(value.disks),
            "settings": to_json(dict(value.settings)),
        }

    def _from_row(self, row: Row) -> VMRecord:
        return VMRecord(
            VMRef(row["server"], row["key"]),
            row["name"],
            row["image"],
            row["notes"],
            tuple(json.loads(row["disks"])),
            json.loads(row["settings"]),
            row["row_version"],
        )
