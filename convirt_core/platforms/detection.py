"""That a server runs a platform."""

from __future__ import annotations

from attrs import frozen


@frozen
class Detection:
    """A platform found its hypervisor on a server.

    :param reason: what was seen, such as `libvirt 9.0 with a QEMU driver`
    :param rank: the higher is offered first
    """

    reason: str
    rank: int = 0
