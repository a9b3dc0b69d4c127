"""Making a VM from an image: its files on the server, its disks, its definition, its first start.

May import `errors`, `model`, `config`, `platforms`, `hookspecs`, `plugins`, `store` and other services.
"""

from convirt_core.services.provisioning.placement import Candidate, Figures, Placement
from convirt_core.services.provisioning.provisioning import Provisioning
from convirt_core.services.provisioning.request import ProvisionRequest

__all__ = ["Candidate", "Figures", "Placement", "ProvisionRequest", "Provisioning"]
