"""What the documentation shows of real VMs is what happens."""

from __future__ import annotations

import subprocess

import pytest
from labs.command_line import Convirt
from labs.documented import follow, pages

pytestmark = [pytest.mark.root, pytest.mark.guest]
NAME = "web1"  # of every VM in the documentation


@pytest.fixture
def no_vm_stays():
    yield
    for words in (("destroy", NAME), ("undefine", NAME, "--managed-save", "--snapshots-metadata")):
        subprocess.run(["virsh", "--connect", "qemu:///system", *words], capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize("page", pages("kvm"), ids=lambda page: page.name)
def test_the_vms_of_a_page_do_what_it_shows(page, tmp_path, libvirtd, guest_image, no_vm_stays):
    follow(page, Convirt(tmp_path), "kvm", GUEST=str(guest_image.kernel.parent))
