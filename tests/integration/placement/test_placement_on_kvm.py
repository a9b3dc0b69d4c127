"""`provision --pool` over two servers with real libvirt daemons, one of which hangs now and then."""

from __future__ import annotations

import json
import time
import uuid
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from labs.command_line import Convirt
from labs.daemons import usable_kvm_device
from labs.managed import TEMPLATE
from labs.private_libvirt import PrivateLibvirt, private_libvirt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from subprocess import CompletedProcess

    from labs.guest import GuestImage

pytestmark = [pytest.mark.root, pytest.mark.guest]

REFUSED = 4
LOOK_SECONDS = 6
CRITERIA = {"cpu_percent": 5, "memory_percent": 5, "vcpu_ratio": 0, "vm_count": 0}


@pytest.fixture(scope="module")
def libvirts(mounts: None) -> Iterator[Mapping[str, PrivateLibvirt]]:
    """Two libvirt daemons that may be stopped, each with a host UUID of its own: `one` and `two`."""
    with ExitStack() as stack:
        stack.enter_context(usable_kvm_device())
        libvirts = {name: stack.enter_context(private_libvirt()) for name in ("one", "two")}
        for libvirt in libvirts.values():
            libvirt.kill()
            libvirt.run("sh", "-c", f"echo 'host_uuid = \"{uuid.uuid4()}\"' >> /etc/libvirt/libvirtd.conf")
            libvirt.start()
        yield libvirts


@pytest.fixture(scope="module")
def convirt(
    libvirts: Mapping[str, PrivateLibvirt],
    guest_image: GuestImage,
    lab_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Convirt:
    """A `convirt` with both in the pool `lab`, and the image `tiny`."""
    home = tmp_path_factory.mktemp("pool")
    convirt = Convirt(home)
    convirt.done("pool", "add", "lab")
    convirt.done("pool", "set", "lab", f"VM_DISKS_DIR={lab_folder}/vms", f"VM_IMAGES_DIR={lab_folder}/images")
    for name, libvirt in libvirts.items():
        options = ("--option", f"uri={libvirt.uri}", "--option", "accelerator=tcg")
        convirt.done("server", "add", name, "--platform", "kvm", "--pool", "lab", *options)
    (home / "template").write_text(TEMPLATE)
    kernel = ("--kernel", str(guest_image.kernel), "--ramdisk", str(guest_image.initrd))
    convirt.done("group", "add", "lab")
    convirt.done("image", "add", "tiny", "kvm", "lab", "--template", str(home / "template"), *kernel)
    return convirt


@pytest.fixture
def vm_name(libvirts: Mapping[str, PrivateLibvirt], convirt: Convirt) -> Iterator[str]:
    """A name for one VM, which is removed after the test, wherever it is."""
    name = f"placed-{uuid.uuid4().hex[:6]}"
    yield name
    for libvirt in libvirts.values():
        libvirt.go_on()
    if name in convirt.done("vm", "list"):
        convirt("vm", "kill", name)
        convirt.done("vm", "remove", name, "--yes")


def provision(convirt: Convirt, name: str, *words: str) -> CompletedProcess[str]:
    return convirt("provision", "tiny", name, "--pool", "lab", "--json", *words)


def candidates(ran: CompletedProcess[str]) -> dict[str, Any]:
    return {each["server"]: each for each in json.loads(ran.stdout)["placement"]["candidates"]}


def best(found: Mapping[str, Any]) -> str:
    """The server that the reference says is to be chosen."""
    left = sorted(found)
    for key, alike in CRITERIA.items():
        least = min(found[name][key] for name in left)
        left = [name for name in left if found[name][key] <= least + alike]
    return max(left, key=lambda name: found[name]["memory_free_bytes"])


def test_the_vm_runs_on_the_server_that_the_figures_say(
    convirt: Convirt, libvirts: Mapping[str, PrivateLibvirt], vm_name: str
) -> None:
    ran = provision(convirt, vm_name)
    assert ran.returncode == 0, ran.stderr
    chosen, found = json.loads(ran.stdout)["server"], candidates(ran)
    assert chosen == best(found)
    assert all(found[name][key] is not None for name in found for key in CRITERIA)
    assert vm_name in libvirts[chosen].virsh("list", "--name").split()


def test_a_server_that_hangs_is_left_out_and_costs_its_deadline(
    convirt: Convirt, libvirts: Mapping[str, PrivateLibvirt], vm_name: str
) -> None:
    libvirts["one"].stop()
    begin = time.monotonic()
    ran = provision(convirt, vm_name, "--no-start")
    seconds = time.monotonic() - begin
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["server"] == "two"
    assert [finding["code"] for finding in candidates(ran)["one"]["findings"]] == ["server-unavailable"]
    assert seconds < LOOK_SECONDS + 8
    assert vm_name in libvirts["two"].virsh("list", "--all", "--name").split()


def test_a_vm_that_fits_nowhere_is_refused_before_anything_is_made(
    convirt: Convirt, libvirts: Mapping[str, PrivateLibvirt], vm_name: str
) -> None:
    ran = provision(convirt, vm_name, "--memory", "4000G")
    assert ran.returncode == REFUSED
    error = json.loads(ran.stdout)["error"]
    assert [finding["code"] for finding in error["findings"]] == ["memory-short", "memory-short"]
    assert "one: " in error["message"]
    assert "4096000 MiB are needed" in error["message"]
    assert all(vm_name not in libvirt.virsh("list", "--all", "--name") for libvirt in libvirts.values())
