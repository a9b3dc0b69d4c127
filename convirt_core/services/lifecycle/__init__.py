"""What is done to VMs: operations, changes, snapshots, clones, removal, consoles.

May import `plugins`, `remote`, `store`, `platforms`, `forms`, `hookspecs`, `model` and the other services.
"""

from convirt_core.services.lifecycle.definitions import define_managed, make_config, refuse_bad_definition, refuse_taken
from convirt_core.services.lifecycle.guard import Attempt, Guard, refuse_errors, refuse_impossible
from convirt_core.services.lifecycle.lifecycle import Lifecycle

__all__ = [
    "Attempt",
    "Guard",
    "Lifecycle",
    "define_managed",
    "make_config",
    "refuse_bad_definition",
    "refuse_errors",
    "refuse_impossible",
    "refuse_taken",
]
