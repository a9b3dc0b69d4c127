"""The way to a server: commands, files, sockets, and calls with a deadline from a few threads of its own.

May import `errors`, `model` and the protocols of `platforms`.
"""

from convirt_core.remote.status import ServerStatus

__all__ = ["ServerStatus"]
