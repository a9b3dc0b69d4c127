"""A UNIX socket of this machine, where it is."""

from __future__ import annotations

from attrs import frozen


@frozen
class LocalSocket:
    """A `Forwarded` that needs no forwarding."""

    path: str
    complaint: str = ""

    def close(self) -> None:
        """Leave it: it is not ours."""
