"""What everything of one demonstration is called."""

from __future__ import annotations

import secrets

from attrs import frozen


@frozen
class DemoNames:
    """Names with a part that no other run has, and what the guest is to say."""

    token: str
    thing: str
    """Pool, server, image group, image and VM: they cannot meet, for each is of its own kind."""

    @classmethod
    def new(cls) -> DemoNames:
        """Make the names of one run."""
        token = secrets.token_hex(8)
        return cls(token, f"demo-{token[:6]}")
