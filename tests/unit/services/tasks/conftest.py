"""Tasks over a store that knows one server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from labs.tasks import tasks_of

from convirt_core.model import ManagedNode, Remain
from convirt_core.services.tasks import Tasks
from convirt_core.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "inventory.sqlite") as store:
        store.servers.add(ManagedNode("s1", "host1", "toy"))
        yield store


@pytest.fixture
def removed() -> list[Remain]:
    return []


@pytest.fixture
def tasks(store: Store, removed: list[Remain]) -> Iterator[Tasks]:
    tasks = tasks_of(store, removed)
    yield tasks
    tasks.close()
