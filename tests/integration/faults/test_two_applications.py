"""Two applications in one process: each has its inventory, and none sees the other's."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from convirt_core.app import Application
from convirt_core.settings import Settings

ROUNDS = 20


@pytest.fixture
def settings(tmp_path: Path) -> list[Settings]:
    """Of two people."""
    folders = (tmp_path / "one", tmp_path / "two")
    return [
        Settings.load({"CONVIRT_CONFIG": str(folder / "config.toml"), "CONVIRT_DATA": str(folder)})
        for folder in folders
    ]


def work(settings: Settings, mine: str, together: threading.Barrier) -> set[str]:
    """Write and read in turns with the other thread; return every name that was ever seen."""
    seen: set[str] = set()
    with Application.open(settings) as app:
        for number in range(ROUNDS):
            together.wait(timeout=30)
            app.grid.add_pool(f"{mine}-pool-{number}")
            app.tasks.run(f"{mine}-task-{number}", "test", lambda _: "done")
            seen |= {pool.name for pool in app.grid.pools()} | {task.title for task in app.tasks.list()}
        app.grid.add_server(f"{mine}-server", platform="test")
        together.wait(timeout=30)
        seen |= {server.name for server in app.grid.servers()}
        seen |= {answer.node.name for answer in app.vms.list()}
    return seen


def test_two_in_two_threads_never_see_each_others_rows(settings: list[Settings]) -> None:
    together = threading.Barrier(2)
    with ThreadPoolExecutor(2) as threads:
        futures = [threads.submit(work, each, mine, together) for each, mine in zip(settings, "ab", strict=True)]
        seen = [future.result(timeout=60) for future in futures]

    for mine, names in zip("ab", seen, strict=True):
        expected = {f"{mine}-{kind}-{number}" for kind in ("pool", "task") for number in range(ROUNDS)}
        assert names == expected | {f"{mine}-server"}
