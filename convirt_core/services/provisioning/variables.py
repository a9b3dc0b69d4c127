"""The `$VARIABLES` of a template, from the general to the particular."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.config import Variable, random_mac, substitute
from convirt_core.errors import InvalidInput
from convirt_core.services.vm_files import named_after

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convirt_core.model import ManagedNode, ServerPool
    from convirt_core.platforms import Platform
    from convirt_core.services.provisioning.request import ProvisionRequest

KERNEL_SOURCE = "kernel_src"
RAMDISK_SOURCE = "ramdisk_src"

_COPIES_FOLDER = "VM_IMAGES_DIR"
_BRIDGE = "DEFAULT_BRIDGE"
_DEFAULTS: Mapping[str, str] = {
    "VM_DISKS_DIR": "/var/lib/convirt/vms",
    _COPIES_FOLDER: "/var/lib/convirt/images",
    _BRIDGE: "",
    "KERNEL": "",
    "RAMDISK": "",
    "EXTRA": "",
}


@frozen
class Layers:
    """The layers below an image and a request: our defaults, the platform's, the server's, the pool's.

    :param default_bridge: asks the server for the bridge that leads outside
    """

    platform: Platform
    node: ManagedNode
    pool: ServerPool | None
    default_bridge: Callable[[], str]

    @property
    def copies_folder(self) -> str:
        """Where the server keeps copies of images. No image or request can move it: it is shared by them."""
        return (self._below() | self._pool())[_COPIES_FOLDER]

    def for_request(self, request: ProvisionRequest, settings: Mapping[str, object]) -> dict[str, Variable]:
        """Return all variables of one provisioning.

        A pool's variables override the image's settings, as in the original; the request's override both. A
        setting may itself name the VM, the image or the server.

        :param settings: the image's, with the request's on top
        """
        named: dict[str, Variable] = {
            "IMAGE_NAME": request.image.name,
            "IMAGE_STORE": str(request.image.folder.parent),
            "IMAGE_LOCATION": str(request.image.folder),
            "VM_NAME": named_after(request.name),
            "SERVER_NAME": request.server.name,
            "AUTOGEN_MAC": random_mac,
        }
        merged = self._below() | _texts(settings) | self._pool() | dict(request.settings)
        variables = {key: substitute(text, named) for key, text in merged.items()} | named
        return variables if self._says_bridge(settings) else variables | {_BRIDGE: self.default_bridge}

    def _says_bridge(self, settings: Mapping[str, object]) -> bool:
        """Whether anybody chose the bridge.

        Empty in an image, a pool or a request is a choice too: the network that VMs are in without a bridge. An
        option of a server or platform is empty where its form was not filled in.
        """
        filled_in = self.node.options.get(_BRIDGE) or self.platform.defaults.get(_BRIDGE)
        return bool(filled_in) or _BRIDGE in settings or _BRIDGE in self._pool()

    def _below(self) -> dict[str, str]:
        return dict(_DEFAULTS) | _texts(self.platform.defaults) | _texts(self.node.options)

    def _pool(self) -> dict[str, str]:
        return dict(self.pool.variables) if self.pool else {}


def refuse_shared(settings: Mapping[str, str]) -> None:
    """Raise `InvalidInput` if the settings of a request name what is not theirs to move."""
    if _COPIES_FOLDER in settings:
        raise InvalidInput(
            f"{_COPIES_FOLDER} cannot be set for one VM: all VMs of a server share the folder.",
            remedy=f"Set it for the server's pool: convirt pool set POOL {_COPIES_FOLDER}=/…",
        )


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {key: str(value) for key, value in values.items() if isinstance(value, str | int | float)}
