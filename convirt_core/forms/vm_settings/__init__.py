"""VM Settings: one dialog for a definition, a running VM, an image and a new VM.

May import `errors`, `model` and the other forms.
"""

from convirt_core.forms.vm_settings.vm_settings import ImageChange, VMSettings

__all__ = ["ImageChange", "VMSettings"]
