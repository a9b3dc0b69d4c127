"""The inventory: pools, servers, VM records, groups, images and tasks, in one SQLite file.

May import `errors`, `model` and peewee. Values in, values out: what they mean is the services' business.
"""

from typing import TYPE_CHECKING

from convirt_core.lazy import exports

if TYPE_CHECKING:
    from convirt_core.store.images import GroupTable, ImageTable
    from convirt_core.store.owners import owner_name
    from convirt_core.store.pools import PoolTable
    from convirt_core.store.servers import ServerTable
    from convirt_core.store.store import Store
    from convirt_core.store.tasks import TaskTable
    from convirt_core.store.vm_records import VMRecordTable

__all__ = [
    "GroupTable",
    "ImageTable",
    "PoolTable",
    "ServerTable",
    "Store",
    "TaskTable",
    "VMRecordTable",
    "owner_name",
]

__getattr__ = exports(
    __name__,
    {
        "GroupTable": "images",
        "ImageTable": "images",
        "PoolTable": "pools",
        "ServerTable": "servers",
        "Store": "store",
        "TaskTable": "tasks",
        "VMRecordTable": "vm_records",
        "owner_name": "owners",
    },
)
