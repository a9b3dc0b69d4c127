"""Images and their groups: what VMs are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE_FILE = "vm_conf.template"
SETTINGS_FILE = "image.conf"
DESCRIPTION_FILE = "description.txt"
CHECKSUM_FILE = "SHA256SUMS"
SCRIPT_FILE = "provision.sh"


@frozen
class ImageGroup:
    """A named set of images."""

    id: str
    name: str
    row_version: int = 0


@frozen
class Image:
    """A directory of the image store, with a template, settings, data and checksums.

    :param id: our own UUID
    :param platform: the platform it is for; another one's server refuses it
    :param group: id of its group
    :param folder: the directory
    """

    id: str
    name: str
    platform: str
    group: str
    folder: Path
    row_version: int = 0

    @property
    def template(self) -> Path:
        """The VM's definition in the python-config format, with `$VARIABLES`."""
        return self.folder / TEMPLATE_FILE

    @property
    def settings(self) -> Path:
        """The provisioning settings, in the python-config format."""
        return self.folder / SETTINGS_FILE

    @property
    def script(self) -> Path:
        """The image's own provisioner; where there is none, a built-in one works."""
        return self.folder / SCRIPT_FILE
