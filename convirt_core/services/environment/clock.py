"""How the server's clock stands to ours."""

from __future__ import annotations

import re

from convirt_core.model import Clock

_SECONDS = re.compile(r"([0-9]{1,12})(\.[0-9]{1,9})?", re.ASCII)
_WHOLE = 1.0
"""What a date(1) hides that knows no fractions, as busybox's."""


def clock(begins: str, ends: str, sent_at: float, received_at: float) -> Clock | None:
    """Reckon the skew as NTP does (RFC 5905, section 8): the time that the server worked does not count.

    :param begins: its `date +%s.%N` when it began to work
    :param ends: the same when it had done
    :param sent_at: our clock before the script was sent: UTC, seconds since the epoch
    :param received_at: when its answer was there
    :return: None if the server did not say
    """
    first, last = _SECONDS.match(begins.strip()), _SECONDS.match(ends.strip())
    if not (first and last):
        return None
    hidden = 0.0 if first[2] and last[2] else _WHOLE
    began, ended = float(first[0]) + hidden / 2, float(last[0]) + hidden / 2
    under_way = max(0.0, (received_at - sent_at) - (ended - began))
    return Clock(((began - sent_at) + (ended - received_at)) / 2, under_way / 2 + hidden)
