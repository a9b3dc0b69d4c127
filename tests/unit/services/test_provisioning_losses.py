"""A server that is lost while a VM is made on it: the message says which, during what, and how to go on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from convirt_core.errors import DeadlineExceeded, LoginFailed, ServerUnavailable
from convirt_core.platforms import PART
from convirt_core.remote.local import LocalProxy
from convirt_core.services.images import ImageSource
from convirt_core.services.provisioning import ProvisionRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.app import Application
    from convirt_core.model import ManagedNode

LOST = ServerUnavailable("The connection with 192.0.2.7 ended while a script of ConVirt ran: it may still run there.")


@pytest.fixture
def provision(
    app: Application, host1: ManagedNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., None]:
    """`provision(error, template, settings)`: make a VM from an image of which no file comes to its server."""

    def provision(error: ServerUnavailable, template: str, settings: str) -> None:
        folder = tmp_path / "tiny"
        folder.mkdir()
        (folder / "vm_conf.template").write_text(f"name = '$VM_NAME'\n{template}\n")
        (folder / "image.conf").write_text(f"VM_DISKS_DIR = '{tmp_path}/vms'\n{settings}\n")
        (folder / "vmlinuz").write_bytes(b"kernel")
        (folder / "base.raw").write_bytes(b"disk")
        image = app.images.add("tiny", "toy", app.images.add_group("lab"), ImageSource(folder=folder))
        pool = app.grid.set_pool_variables(app.grid.add_pool("lab"), {"VM_IMAGES_DIR": f"{tmp_path}/images"})

        def upload(_: LocalProxy, __: Path, path: str, **___: Any) -> NoReturn:
            Path(path + PART).write_bytes(b"what has come")
            raise error

        monkeypatch.setattr(LocalProxy, "upload", upload)
        server = app.grid.move_server(host1, pool)
        app.provisioning.provision(ProvisionRequest(image, server, "web1", start=False))

    return provision


KERNEL = ("kernel = '$KERNEL'", "kernel_src = 'vmlinuz'")
DISK = ("disk = ['file:$VM_DISKS_DIR/$VM_NAME.raw,vda,w']", "vda_image_src = 'base.raw'")


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (KERNEL, "host1 was lost while vmlinuz was sent."),
        (DISK, "host1 was lost while the disk vda was made from base.raw."),
    ],
)
def test_it_says_which_server_was_lost_and_during_what(
    provision: Callable[..., None], image: tuple[str, str], said: str
) -> None:
    with pytest.raises(ServerUnavailable) as lost:
        provision(LOST, *image)
    assert str(lost.value) == said
    assert lost.value.remedy == "Repeat it when 'convirt server check host1' is content."


def test_what_has_come_of_a_disk_is_removed(provision: Callable[..., None], tmp_path: Path) -> None:
    with pytest.raises(ServerUnavailable):
        provision(LOST, *DISK)
    assert not list(tmp_path.glob("vms/*"))


def test_a_command_that_is_too_slow_is_no_lost_server(provision: Callable[..., None]) -> None:
    late = DeadlineExceeded("qemu-img did not end within 86400 s and was stopped.", remedy="Look at its disk.")
    with pytest.raises(DeadlineExceeded) as told:
        provision(late, *DISK)
    assert (told.value.message, told.value.remedy) == (late.message, "Look at its disk.")


CUT = ServerUnavailable("The connection ended while it was sent.", remedy="Try again: only the rest will be sent.")


def test_what_the_transport_says_to_try_is_kept(provision: Callable[..., None]) -> None:
    with pytest.raises(ServerUnavailable) as lost:
        provision(CUT, *KERNEL)
    assert lost.value.remedy == f"{CUT.remedy} Repeat it when 'convirt server check host1' is content."


def test_of_a_disk_that_was_cut_off_no_rest_is_promised(provision: Callable[..., None]) -> None:
    with pytest.raises(ServerUnavailable) as lost:
        provision(CUT, *DISK)
    assert lost.value.remedy == "Repeat it when 'convirt server check host1' is content."


def test_a_login_that_fails_keeps_its_own_words(provision: Callable[..., None]) -> None:
    with pytest.raises(LoginFailed, match="lets nobody in"):
        provision(LoginFailed("host1 lets nobody in.", remedy="Look at its keys."), *KERNEL)
