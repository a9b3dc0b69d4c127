"""`provision --pool` over two servers elsewhere, one of which is cut off."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from labs.command_line import Convirt
from labs.managed import TEMPLATE
from labs.two_hosts import faults

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from labs.guest import GuestImage
    from labs.two_hosts.lab import Lab

pytestmark = [pytest.mark.root, pytest.mark.guest]

LOOK_SECONDS = 6


@pytest.fixture
def convirt(two_hosts: Lab, guest_image: GuestImage, disk_folder: Path, tmp_path: Path) -> Convirt:
    """A `convirt` with `h1` and `h2` in the pool `lab`, and the image `tiny`."""
    convirt = Convirt(tmp_path, HOME=str(two_hosts.client.home))
    convirt.done("pool", "add", "lab")
    convirt.done("pool", "set", "lab", f"VM_DISKS_DIR={disk_folder}/vms", f"VM_IMAGES_DIR={disk_folder}/images")
    for name in ("h1", "h2"):
        options = ("--pool", "lab", "--option", "accelerator=tcg")
        convirt.done("server", "add", name, "--address", name, "--platform", "kvm", *options)
    (tmp_path / "template").write_text(TEMPLATE)
    kernel = ("--kernel", str(guest_image.kernel), "--ramdisk", str(guest_image.initrd))
    convirt.done("group", "add", "lab")
    convirt.done("image", "add", "tiny", "kvm", "lab", "--template", str(tmp_path / "template"), *kernel)
    return convirt


@pytest.fixture
def vm_name(convirt: Convirt, prefix: str) -> Iterator[str]:
    """A name for one VM, which is removed after the test."""
    name = f"{prefix}placed-{uuid.uuid4().hex[:6]}"
    yield name
    if name in convirt.done("vm", "list"):
        convirt("vm", "kill", name)
        convirt.done("vm", "remove", name, "--yes")


def place(convirt: Convirt, name: str) -> Any:
    """Provision a VM into the pool; return the answer."""
    return json.loads(convirt.done("provision", "tiny", name, "--pool", "lab", "--no-start", "--json"))


def test_every_server_elsewhere_is_asked_for_all_figures(two_hosts: Lab, convirt: Convirt, vm_name: str) -> None:
    answer = place(convirt, vm_name)
    for candidate in answer["placement"]["candidates"]:
        assert None not in (candidate[key] for key in ("cpu_percent", "memory_percent", "vcpu_ratio", "vm_count"))
    [chosen] = [host for host in two_hosts.hosts if host.name == answer["server"]]
    assert vm_name in chosen.virsh("list", "--all", "--name").split()


def test_a_server_that_is_cut_off_is_left_out(two_hosts: Lab, convirt: Convirt, vm_name: str) -> None:
    with faults.link_down(two_hosts.h1):
        begin = time.monotonic()
        answer = place(convirt, vm_name)
        seconds = time.monotonic() - begin
    assert answer["server"] == "h2"
    candidates = {each["server"]: each for each in answer["placement"]["candidates"]}
    assert [finding["code"] for finding in candidates["h1"]["findings"]] == ["server-unavailable"]
    assert seconds < LOOK_SECONDS + 8
