"""A Xen server for tests."""

from __future__ import annotations

import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from labs.cli_here import ConvirtHere
from labs.tiny_image import tiny_image
from labs.xen.guest import KERNEL, RAMDISK, XenGuest
from labs.xen.lab import XenLab, running_xen
from labs.xen.managed import LONG, ManagedXen, person_of

if TYPE_CHECKING:
    from convirt_core.services.images import ImageSource
    from convirt_core.services.listed import ListedVM


@pytest.fixture(scope="package")
def xen_lab() -> Iterator[XenLab]:
    """The Xen server that people have started, cleared; else one for these tests alone."""
    with running_xen() as lab:
        yield lab


@pytest.fixture
def make_xen_guest(xen_lab: XenLab, prefix: str) -> Iterator[Callable[..., XenGuest]]:
    """`make_xen_guest("name", "pv", *words, **settings)`: a guest, not yet defined; removed after the test."""
    made = []

    def make(name: str, kind: str = "pv", *words: str, **settings: Any) -> XenGuest:
        made.append(XenGuest(xen_lab, prefix + name, kind, words, **settings))
        return made[-1]

    yield make
    for guest in made:
        guest.remove()


@pytest.fixture(scope="package")
def xen(xen_lab: XenLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ManagedXen]:
    """The Xen server under management; it was found out to be one."""
    with ManagedXen.of(xen_lab, tmp_path_factory.mktemp("person")) as managed:
        yield managed


@pytest.fixture(scope="package")
def xen_image(xen_lab: XenLab, tmp_path_factory: pytest.TempPathFactory) -> ImageSource:
    """An image of the guest, whose files are dom0's."""
    folder = tmp_path_factory.mktemp("image")
    kernel, ramdisk = (fetched(xen_lab, path, folder) for path in (KERNEL, RAMDISK))
    return tiny_image(kernel, ramdisk, "hvc0", folder)


def fetched(lab: XenLab, path: str, folder: Path) -> Path:
    """Copy a file of dom0's into a folder."""
    copy = folder / Path(path).name
    with copy.open("wb") as file:
        subprocess.run(lab.ssh("cat", path), stdout=file, check=True, timeout=LONG)
    return copy


@pytest.fixture
def convirt(xen_lab: XenLab, tmp_path: Path) -> Iterator[ConvirtHere]:
    """Somebody's `convirt` that has the Xen server as `dom0`, in an inventory of its own."""
    with person_of(xen_lab):
        convirt = ConvirtHere(tmp_path, guest=True)
        convirt.done("server", "add", "dom0", "--address", xen_lab.name)
        yield convirt


@pytest.fixture
def define(xen: ManagedXen, prefix: str) -> Iterator[Callable[..., ListedVM]]:
    """`define("name", **values)`: a stopped VM whose guest boots; removed after the test.

    Its name is its own: what a guest of its name said before counts too, in `wait_said`.
    """
    names = []

    def make(name: str, **values: object) -> ListedVM:
        names.append(f"{prefix}{name}-{secrets.token_hex(2)}")
        return xen.define(names[-1], **values)

    yield make
    for name in names:
        xen.lab.remove(name)
