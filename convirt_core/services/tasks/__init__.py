"""Long work: records with owner and lease, cancelling, and removing the remains of work that did not end.

May import `store` and `model`.
"""

from convirt_core.services.tasks.handle import TaskHandle
from convirt_core.services.tasks.tasks import Tasks

__all__ = ["TaskHandle", "Tasks"]
