"""A provisioning as it would be on its server. Nothing is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.config import substitute
from convirt_core.model import PlacementRequest
from convirt_core.services.images import folder as image_folder
from convirt_core.services.lifecycle import Guard, make_config
from convirt_core.services.provisioning.copies import CopyNames
from convirt_core.services.provisioning.definition import definition_of
from convirt_core.services.provisioning.variables import KERNEL_SOURCE, RAMDISK_SOURCE, Layers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.platforms import VMConfig
    from convirt_core.services.provisioning.request import ProvisionRequest


class Draft:
    """What a request comes to: its settings, and the VM's definition.

    :ivar settings: of the image, with the request's on top and their variables filled in
    :param layers: of variables, below those of the image and the request
    """

    def __init__(self, request: ProvisionRequest, *, guard: Guard, layers: Layers) -> None:
        self._request = request
        self._guard = guard
        self._names = CopyNames(layers.copies_folder, request.image)
        settings = dict(image_folder.read_settings(request.image.folder)) | dict(request.settings)
        self._variables = layers.for_request(request, settings)
        self.settings = substitute(settings, self._variables)

    def setting(self, key: str) -> str:
        """Return one setting, or an empty string."""
        return str(self.settings.get(key) or "")

    def config(self) -> VMConfig:
        """Make the definition. Raises `InvalidInput`."""
        variables = dict(self._variables)
        for source, variable in ((KERNEL_SOURCE, "KERNEL"), (RAMDISK_SOURCE, "RAMDISK")):
            if name := self.setting(source):
                variables[variable] = self._names.path_of(name)
        template = image_folder.read_template(self._request.image.folder)

        def make(values: Mapping[str, object], origin: str) -> VMConfig:
            return make_config(self._guard, self._request.server, values, "", origin)

        return definition_of(make, substitute(dict(template), variables), self._request)

    def placement(self, config: VMConfig) -> PlacementRequest:
        """Return what the checks of a placement are asked about."""
        return PlacementRequest(
            self._request.server,
            self._request.image,
            self._request.name,
            memory_bytes=int(str(config.get("memory") or 0)) << 20,
            vcpus=int(str(config.get("vcpus") or 1)),
        )
