"""An image's directory: making it from a source, and reading it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from convirt_core.config import ConfigDocument
from convirt_core.errors import NotFound
from convirt_core.model.images import DESCRIPTION_FILE, SETTINGS_FILE, TEMPLATE_FILE
from convirt_core.services.images import checksums
from convirt_core.services.images.source import ImageSource

Copy = Callable[[Path, Path], None]
"""Copies one file; may raise `Cancelled` or `OperationFailed`, and then leaves nothing."""

KERNEL_NAME = "vmlinuz"
RAMDISK_NAME = "initrd.img"
DISK_DEVICE = "vda"


def build(folder: Path, source: ImageSource, template_text: str, copy: Copy) -> None:
    """Fill an empty folder with an image.

    :param template_text: the platform's template, used unless the source brings its own
    """
    if source.folder is not None:
        _copy_folder(source.folder, folder, copy)
    else:
        _copy_parts(folder, source, template_text, copy)
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


def _copy_parts(folder: Path, source: ImageSource, template_text: str, copy: Copy) -> None:
    settings: dict[str, str] = {}
    if source.kernel:
        copy(source.kernel, folder / KERNEL_NAME)
        settings["kernel_src"] = KERNEL_NAME
    if source.ramdisk:
        copy(source.ramdisk, folder / RAMDISK_NAME)
        settings["ramdisk_src"] = RAMDISK_NAME
    if source.disk:
        name = f"{DISK_DEVICE}{source.disk.suffix or '.img'}"
        copy(source.disk, folder / name)
        settings |= {f"{DISK_DEVICE}_image_src": name, f"{DISK_DEVICE}_image_src_type": "disk_image"}
    if source.extra:
        settings["EXTRA"] = source.extra
    _write_template(folder, source, template_text)
    _write_settings(folder, settings)


def _write_template(folder: Path, source: ImageSource, template_text: str) -> None:
    if source.template:
        template_text = source.template.read_text(encoding="utf-8")
    document = ConfigDocument.parse(template_text, source=str(source.template or TEMPLATE_FILE))
    if source.memory_mib:
        document["memory"] = source.memory_mib
    if source.vcpus:
        document["vcpus"] = source.vcpus
    if not source.disk and not source.template and "disk" in document:
        document["disk"] = []
    document.write(folder / TEMPLATE_FILE)


def _write_settings(folder: Path, settings: dict[str, str]) -> None:
    document = ConfigDocument.parse("# How a VM is provisioned from this image.\n", source=SETTINGS_FILE)
    for key, value in settings.items():
        document[key] = value
    document.write(folder / SETTINGS_FILE)
