"""Why Xen did not start a domain: what libvirt's libxl driver wrote into its log meanwhile.

The driver (libvirt 9.0) itself says only that libxenlight failed. The log is all domains' together, each line with
the time before it, and root's alone.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from convirt_core.errors import ConvirtError

if TYPE_CHECKING:
    from convirt_core.platforms import NodeProxy

PATH = "/var/log/libvirt/libxl/libxl-driver.log"
_MOST_LINES = 3
_MOST_CHARACTERS = 600
_TIME = re.compile(r"^\d{4}-\d\d-\d\d [0-9:.]+\+\d{4}: ")
_PLACE = re.compile(r"^(libxl|xc|xg|libxlu?): (error: )?([\w/.-]+\.[ch]:\d+:\w+: )?")


def log_size(proxy: NodeProxy) -> int:
    """Return where the log ends at this moment; a log that cannot be read ends where it begins."""
    with suppress(ConvirtError):
        entry = proxy.stat(PATH)
        return entry.size_bytes if entry else 0
    return 0


def reason_since(proxy: NodeProxy, begin: int) -> str:
    """Return what was written since, the first lines on one: the later ones are what followed from them.

    A log that cannot be read says nothing: why the start failed is then libvirt's word alone.
    """
    with suppress(ConvirtError):
        first = begin + 1 if log_size(proxy) >= begin else 1  # shorter: it was begun anew meanwhile
        result = proxy.run(["tail", "-c", f"+{first}", PATH])
        return "" if result.exit_code else reason_in(result.text)
    return ""


def reason_in(text: str) -> str:
    """Return the first lines of the log, each once, without time and place in Xen's source."""
    lines = (_PLACE.sub("", _TIME.sub("", line)).strip() for line in text.splitlines())
    first = list(dict.fromkeys(line for line in lines if line))[:_MOST_LINES]
    return "; ".join(first)[:_MOST_CHARACTERS]
