"""The way to a server: commands, files, sockets, and calls with a deadline from a few threads of its own.

May import `errors`, `model` and the protocols of `platforms`.
"""

from typing import TYPE_CHECKING

from convirt_core.lazy import exports

if TYPE_CHECKING:
    from convirt_core.remote.calls import Call
    from convirt_core.remote.ceiling import Ceiling
    from convirt_core.remote.health import ServerStatus
    from convirt_core.remote.local import LocalProxy
    from convirt_core.remote.opening import Way, Ways
    from convirt_core.remote.patience import Patience
    from convirt_core.remote.questions import Answer, HostKey, NobodyToAsk, Questions
    from convirt_core.remote.session import Session

__all__ = [
    "Answer",
    "Call",
    "Ceiling",
    "HostKey",
    "LocalProxy",
    "NobodyToAsk",
    "Patience",
    "Questions",
    "ServerStatus",
    "Session",
    "Way",
    "Ways",
]

__getattr__ = exports(
    __name__,
    {
        "Answer": "questions",
        "Call": "calls",
        "Ceiling": "ceiling",
        "HostKey": "questions",
        "LocalProxy": "local",
        "NobodyToAsk": "questions",
        "Patience": "patience",
        "Questions": "questions",
        "ServerStatus": "health",
        "Session": "session",
        "Way": "opening",
        "Ways": "opening",
    },
)
