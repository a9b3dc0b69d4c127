"""The way to a server: commands, files, sockets, and calls with a deadline from a few threads of its own.

May import `errors`, `model` and the protocols of `platforms`.
"""

from typing import TYPE_CHECKING

from convirt_core.lazy import exports

if TYPE_CHECKING:
    from convirt_core.remote.calls import Call
    from convirt_core.remote.ceiling import Ceiling
    from convirt_core.remote.local import LocalProxy
    from convirt_core.remote.opening import open_proxy
    from convirt_core.remote.session import Session
    from convirt_core.remote.status import ServerStatus

__all__ = ["Call", "Ceiling", "LocalProxy", "ServerStatus", "Session", "open_proxy"]

__getattr__ = exports(
    __name__,
    {
        "Call": "calls",
        "Ceiling": "ceiling",
        "LocalProxy": "local",
        "ServerStatus": "status",
        "Session": "session",
        "open_proxy": "opening",
    },
)
