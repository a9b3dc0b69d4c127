"""New keys in the middle of everything, as both sides ask for from time to time (RFC 4253, 9)."""

from __future__ import annotations

import threading

import paramiko
import pytest
from paramiko.packet import Packetizer

pytestmark = pytest.mark.root

SOON_BYTES = 1 << 15


@pytest.fixture
def exchanges(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows by one with every exchange of keys, of which there are many."""
    begun: list[object] = []
    begin = paramiko.Transport._send_kex_init
    monkeypatch.setattr(Packetizer, "REKEY_BYTES", SOON_BYTES)
    monkeypatch.setattr(paramiko.Transport, "_send_kex_init", lambda self: (begun.append(self), begin(self)))
    return begun


def test_commands_that_end_while_keys_are_exchanged_are_not_lost(exchanges, far):
    output = "x" * 3000
    answers = []

    def ask() -> None:
        answers.extend(far.run(["echo", output]).text for _ in range(40))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [output] * 160
    assert len(exchanges) >= 3


def test_a_file_is_sent_while_keys_are_exchanged(exchanges, far, disk_folder):
    source, target = disk_folder / "source", disk_folder / "target"
    source.write_bytes(bytes(range(256)) * (1 << 15))
    far.upload(source, str(target))
    assert target.read_bytes() == source.read_bytes()
    assert len(exchanges) >= 3
