"""All steps, in order: `MIGRATIONS[n - 1]` leads to schema number n."""

from __future__ import annotations

from convirt_core.store.migrations import m0001_inventory, m0002_tasks

MIGRATIONS: tuple[tuple[str, ...], ...] = (m0001_inventory.STATEMENTS, m0002_tasks.STATEMENTS)
