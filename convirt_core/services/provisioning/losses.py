"""A server that is lost while its files are made, told by its name and with what was being done."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from convirt_core.errors import DeadlineExceeded, LoginFailed, ServerUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

_logger = logging.getLogger("convirt.provisioning")


@contextmanager
def telling_what_was_lost(server: str, doing: str) -> Iterator[None]:
    """Say of a loss which server it was, what it broke off, and how to go on.

    The transport knows only an address and a command of ours; what it says to try is kept. A login that fails says
    itself what a person has to do, and a command that was too slow is no lost server.

    :param doing: what was done meanwhile, such as `vmlinuz was sent`
    """
    try:
        yield
    except (DeadlineExceeded, LoginFailed):
        raise
    except ServerUnavailable as error:
        _logger.info("%s", error)
        repeat = f"Repeat it when 'convirt server check {server}' is content."
        raise type(error)(f"{server} was lost while {doing}.", remedy=f"{error.remedy} {repeat}".lstrip()) from error
