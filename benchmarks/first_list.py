"""From `server add` to the first full list of VMs of a server elsewhere, against virsh over ssh, which only lists.

Needs root, for a server in namespaces of its own (`tests/labs`). There is no budget: it says what a person waits for
once, who adds a server with two commands where virsh takes one and keeps nothing.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from _side_by_side import command, ratio, report

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from labs.two_hosts.lab import Lab

if TYPE_CHECKING:
    from collections.abc import Callable

    from labs.two_hosts.host import Host

CONVIRT = [str(Path(sys.executable).with_name("convirt"))]


def add_and_list(host: Host, home: Path) -> Callable[[], object]:
    """Return what adds the server to an empty inventory and lists its VMs."""

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            settings = {"CONVIRT_CONFIG": f"{folder}/config.toml", "CONVIRT_DATA": folder, "HOME": str(home)}
            environment = dict(os.environ, **settings)
            command([*CONVIRT, "server", "add", host.name, "--address", host.name], **environment)()
            command([*CONVIRT, "vm", "list"], **environment)()

    return run


def virsh_list(host: Host, lab: Lab) -> Callable[[], object]:
    """Return what lists its VMs with virsh."""
    ssh = lab.client.folder / "ssh"
    ssh.write_text(f'#!/bin/sh\nexec ssh -F {lab.client.home}/.ssh/config "$@"\n')
    ssh.chmod(0o755)
    return command(["virsh", "-c", f"qemu+ssh://{host.name}/system?command={ssh}", "list", "--all"])


def main() -> None:
    """Time both and print the row."""
    if os.geteuid() != 0:
        print("first list of a server elsewhere: left out, it needs root")
        return
    with Lab.up(label=f"bench-{os.getpid()}") as lab:
        measured = ratio(add_and_list(lab.h1, lab.client.home), virsh_list(lab.h1, lab), rounds=9)
    report("server add and first list / virsh -c qemu+ssh list", measured)


if __name__ == "__main__":
    main()
