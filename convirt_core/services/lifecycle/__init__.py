"""What is done to VMs: operations, changes, snapshots, clones, removal, consoles.

May import `plugins`, `remote`, `store`, `platforms`, `forms`, `hookspecs`, `model` and the other services.
"""

from convirt_core.services.lifecycle.lifecycle import Lifecycle

__all__ = ["Lifecycle"]
