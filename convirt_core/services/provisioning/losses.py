"""A server that is lost while its files are made, told by its name and with what was being done."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from convirt_core.errors import LoginFailed, ServerUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

_logger = logging.getLogger("convirt.provisioning")


@contextmanager
def telling_what_was_lost(server: str, doing: str) -> Iterator[None]:
    """Say of a loss which server it was, what it broke off, and how to go on.

    The transport knows only an address and a command of ours. A login that fails says itself what a person has to do.

    :param doing: what was done meanwhile, such as `vmlinuz was sent`
    """
    try:
        yield
    except LoginFailed:
        raise
    except ServerUnavailable as error:
        _logger.info("%s", error)
        raise type(error)(
            f"{server} was lost while {doing}.", remedy=f"Repeat it when 'convirt server check {server}' is content."
        ) from error
