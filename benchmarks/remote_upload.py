"""The upload of a disk of 1 GiB, checked and with its holes kept, against `scp`, which does neither."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from _servers import one_server, session
from _side_by_side import command, ratio, report

MIB = 1 << 20
SIZE_MIB = int(os.environ.get("BENCH_MIB", "1024"))
BUDGET = 1.2


def full(path: Path) -> Path:
    """Make a file of data that nothing compresses."""
    with path.open("wb") as file:
        for _ in range(SIZE_MIB):
            file.write(os.urandom(MIB))
    return path


def sparse(path: Path) -> Path:
    """Make one of the same size of which one part in sixteen is data, here and there, as a fresh disk has it."""
    with path.open("wb") as file:
        for offset in range(0, SIZE_MIB, 16):
            file.seek(offset * MIB)
            file.write(os.urandom(MIB))
        file.truncate(SIZE_MIB * MIB)
    return path


with one_server() as lab, session() as proxy:
    target = lab.shared / "target"

    def scp(source: Path) -> Callable[[], None]:
        run = command(["scp", "-q", "-F", f"{lab.client.home}/.ssh/config", str(source), f"h1:{target}"])

        def copy() -> None:
            run()
            target.unlink()

        return copy

    def ours(source: Path) -> Callable[[], None]:
        def upload() -> None:
            proxy.upload(source, str(target))
            target.unlink()

        return upload

    for make in (full, sparse):
        disk = make(lab.shared / "source")
        report(
            f"upload of a {make.__name__} disk of {SIZE_MIB} MiB / scp", ratio(ours(disk), scp(disk), rounds=5), BUDGET
        )
