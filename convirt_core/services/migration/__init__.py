"""Moving VMs to other servers: what stands against it, doing it, bringing it to an end wherever it stopped.

May import `plugins`, `remote`, `store`, `platforms`, `hookspecs`, `model` and the other services.
"""

from convirt_core.services.migration.checks import CHECKS, Check
from convirt_core.services.migration.evacuation import Departure, EvacuationOptions, Order
from convirt_core.services.migration.foresight import Prospect
from convirt_core.services.migration.migrations import Migrations
from convirt_core.services.migration.moving import Moved
from convirt_core.services.migration.plan import Plan

__all__ = ["CHECKS", "Check", "Departure", "EvacuationOptions", "Migrations", "Moved", "Order", "Plan", "Prospect"]
