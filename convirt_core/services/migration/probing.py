"""Whether two servers reach the same files. Proved, never guessed."""

from __future__ import annotations

import logging
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError, NotFound, OperationFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.platforms import NodeProxy

_logger = logging.getLogger("convirt.migration")


def share_folder(source: NodeProxy, destination: NodeProxy, folder: str) -> bool:
    """Whether a folder of one server is the same on the other: a file that is written here is read there.

    False also for a folder that cannot be written: what is not proved is not so.
    """
    word = uuid.uuid4().hex
    probe = f"{folder.rstrip('/')}/.convirt-probe-{word}"
    try:
        source.write_file(probe, word.encode(), mode=0o600)
    except (NotFound, OperationFailed) as error:
        _logger.info("no probe could be written: %s", error)
        return False
    try:
        return _reads(destination, probe, word)
    finally:
        with suppress(ConvirtError):  # the server is lost; a file of some bytes is not what the person has to hear of
            source.remove_file(probe)


def _reads(proxy: NodeProxy, path: str, word: str) -> bool:
    try:
        return proxy.read_file(path) == word.encode()
    except (NotFound, OperationFailed):
        return False


def same_content(
    source: NodeProxy, destination: NodeProxy, path: str, *, check: Callable[[], None] | None = None
) -> bool:
    """Whether both servers have a file of the same content under one path; each computes its own checksum.

    :param check: called while they do; what it raises ends it
    """
    here, there = source.stat(path), destination.stat(path)
    if here is None or there is None or here.size_bytes != there.size_bytes:
        return False
    return source.checksum(path, check=check) == destination.checksum(path, check=check)
