"""The open servers of an application: each with its session and the platform's objects, connected when used.

May import `plugins`, `remote`, `store`, `hookspecs`, `platforms` and `model`.
"""

from convirt_core.services.servers.fleet import ask_all
from convirt_core.services.servers.server import READ_SECONDS, Server
from convirt_core.services.servers.servers import Servers

__all__ = ["READ_SECONDS", "Server", "Servers", "ask_all"]
