"""An image's directory: making it from a source, and reading it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from convirt_core.config import ConfigDocument
from convirt_core.errors import NotFound, NotSupported
from convirt_core.model.images import DESCRIPTION_FILE, SETTINGS_FILE, TEMPLATE_FILE
from convirt_core.services.images import checksums

if TYPE_CHECKING:
    from convirt_core.services.images.source import ImageSource

Copy = Callable[[Path, Path], None]
"""Copies one file; may raise `Cancelled` or `OperationFailed`, and then leaves nothing."""

KERNEL_NAME = "vmlinuz"
RAMDISK_NAME = "initrd.img"
_USUAL_DISK = "vda"
_TARGET = re.compile(r",\s*([a-z][a-z0-9]*)\s*,[^,]*$")


def build(folder: Path, source: ImageSource, templates: Mapping[str, str], copy: Copy) -> None:
    """Fill an empty folder with an image.

    :param templates: the platform's, by name
    :raises NotSupported: the platform has none that the parts need, and the source brings none
    """
    if source.folder is not None:
        _copy_folder(source.folder, folder, copy)
    else:
        _write_template(folder, source, templates)
        _copy_parts(folder, source, copy)
    if source.description:
        (folder / DESCRIPTION_FILE).write_text(source.description + "\n", encoding="utf-8")
    read_template(folder)
    read_settings(folder)
    checksums.write(folder, checksums.of_folder(folder))


def read_template(folder: Path) -> ConfigDocument:
    """Parse the image's template. Raises `ConfigError`, or `NotFound` where there is none."""
    return _read(folder / TEMPLATE_FILE)


def read_settings(folder: Path) -> ConfigDocument:
    """Parse the image's settings. Raises `ConfigError`, or `NotFound` where there are none."""
    return _read(folder / SETTINGS_FILE)


def _read(path: Path) -> ConfigDocument:
    if not path.is_file():
        raise NotFound(f"The image has no file {path.name} in {path.parent}.")
    return ConfigDocument.read(path)


def _copy_folder(source: Path, folder: Path, copy: Copy) -> None:
    for path in sorted(source.rglob("*")):
        target = folder / path.relative_to(source)
        if path.is_dir() and not path.is_symlink():
            target.mkdir(parents=True, exist_ok=True)
        elif path.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            copy(path, target)


def _copy_parts(folder: Path, source: ImageSource, copy: Copy) -> None:
    settings: dict[str, str] = {}
    if source.kernel:
        copy(source.kernel, folder / KERNEL_NAME)
        settings["kernel_src"] = KERNEL_NAME
    if source.ramdisk:
        copy(source.ramdisk, folder / RAMDISK_NAME)
        settings["ramdisk_src"] = RAMDISK_NAME
    if source.disk:
        target = _first_disk(read_template(folder))
        name = f"{target}{source.disk.suffix or '.img'}"
        copy(source.disk, folder / name)
        settings |= {f"{target}_image_src": name, f"{target}_image_src_type": "disk_image"}
    if source.extra:
        settings["EXTRA"] = source.extra
    _write_settings(folder, settings)


def _first_disk(template: ConfigDocument) -> str:
    """Return the target of the template's first disk, which begins with the image's; its path holds `$VARIABLES`."""
    entries = template.get("disk")
    found = [_TARGET.search(str(entry)) for entry in entries] if isinstance(entries, list) else []
    return next((match[1] for match in found if match), _USUAL_DISK)


def _write_template(folder: Path, source: ImageSource, templates: Mapping[str, str]) -> None:
    document = ConfigDocument.read(source.template) if source.template else _from_platform(source, templates)
    if source.memory_mib:
        document["memory"] = source.memory_mib
    if source.vcpus:
        document["vcpus"] = source.vcpus
    document.write(folder / TEMPLATE_FILE)


def _from_platform(source: ImageSource, templates: Mapping[str, str]) -> ConfigDocument:
    disk = _template("disk", templates) if source.disk else None
    if not source.kernel:
        return disk or _template("disk", templates)
    kernel = _template("kernel", templates)
    if disk is not None:
        kernel["disk"] = disk.get("disk", [])
    return kernel


def _template(name: str, templates: Mapping[str, str]) -> ConfigDocument:
    if name not in templates:
        raise NotSupported(
            f"The platform has no template for booting from a {name}.", remedy="Give a template of your own."
        )
    return ConfigDocument.parse(templates[name], source=f"the platform's template {name}")


def _write_settings(folder: Path, settings: dict[str, str]) -> None:
    document = ConfigDocument.parse("# How a VM is provisioned from this image.\n", source=SETTINGS_FILE)
    for key, value in settings.items():
        document[key] = value
    document.write(folder / SETTINGS_FILE)
