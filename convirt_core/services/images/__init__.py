"""The image store: directories with a template, settings, data and checksums, in groups.

May import `errors`, `model`, `config`, `plugins`, `remote`, `store` and the other services' public names.
"""

from convirt_core.services.images.image_store import ImageStore
from convirt_core.services.images.source import ImageSource

__all__ = ["ImageSource", "ImageStore"]
