"""The folders and files that a host has when it boots for the first time, and keeps when it is switched off."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from pathlib import Path

from labs.two_hosts import server_files

FOLDERS = ("root/.ssh", "home", "srv", "var/lib/libvirt/images", "var/cache/libvirt", "var/log/libvirt", "etc/ssh")
MACHINES_OWN = ("ssh", "libvirt/qemu", "libvirt/storage")
"""Of /etc: what a host must not have of this machine, its keys and its VMs."""
KNOWN_OF_QEMU = Path("/var/cache/libvirt/qemu/capabilities")


def furnish(folder: Path, name: str, addresses: dict[str, str]) -> None:
    """Make the folder of a host.

    :param addresses: of all hosts, by name
    """
    folder.mkdir(parents=True)
    subprocess.run(["cp", "--archive", "/etc", folder], check=True)
    for machines in MACHINES_OWN:
        shutil.rmtree(folder / "etc" / machines, ignore_errors=True)
    for own in FOLDERS:
        (folder / own).mkdir(parents=True)
    (folder / "root/.ssh").chmod(0o700)
    if KNOWN_OF_QEMU.exists():  # what the machine's libvirt has asked QEMU takes more than a second to ask again
        shutil.copytree(KNOWN_OF_QEMU, folder / "var/cache/libvirt/qemu/capabilities")
    write_etc(folder, name, addresses)


def write_etc(folder: Path, name: str, addresses: dict[str, str]) -> None:
    """Write the files by which it is another server than this machine."""
    etc, own = folder / "etc", str(uuid.uuid4())
    (folder / "uuid").write_text(own)
    (etc / "machine-id").write_text(own.replace("-", "") + "\n")
    (etc / "hostname").write_text(name + "\n")
    (etc / "hosts").write_text(server_files.hosts(addresses))
    (etc / "ssh/ssh_config").write_text(server_files.ssh_config())
    (etc / "libvirt/libvirtd.conf").write_text(server_files.libvirtd_conf(own))
