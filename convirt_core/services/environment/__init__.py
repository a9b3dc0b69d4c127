"""What servers are beneath their hypervisors: one script a look, pure parsers of what it prints, a memory.

May import `errors`, `model`, `platforms` and `services.servers`.
"""

from convirt_core.services.environment.environments import Environments
from convirt_core.services.environment.facts import environment_facts, without_doubles
from convirt_core.services.environment.reading import parse_environment, read_clock, read_environment

__all__ = [
    "Environments",
    "environment_facts",
    "parse_environment",
    "read_clock",
    "read_environment",
    "without_doubles",
]
