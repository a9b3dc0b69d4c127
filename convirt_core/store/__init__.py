"""The inventory: pools, servers, VM records, groups, images and tasks, in one SQLite file.

May import `errors`, `model` and peewee. Values in, values out: what they mean is the services' business.
"""

from convirt_core.store.inventory import GroupTable, ImageTable, PoolTable, ServerTable
from convirt_core.store.owners import owner_name
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
