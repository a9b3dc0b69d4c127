"""The schema's history, one file for each step. A step that was released is never changed.

May import nothing. `MIGRATIONS[n - 1]` leads to schema number n.
"""

from convirt_core.store.migrations import m0001_inventory, m0002_tasks

MIGRATIONS: tuple[tuple[str, ...], ...] = (m0001_inventory.STATEMENTS, m0002_tasks.STATEMENTS)
