"""From `server add` to the first full list of a server's VMs, against `virsh -c qemu+ssh://… list --all`.

Once in an application that is just opened. Once as two commands, each of which starts Python, imports paramiko and
connects anew: that has no budget, it says what a person waits for.
"""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from pathlib import Path

from _servers import one_server
from _side_by_side import command, ratio, report
from labs.two_hosts.lab import Lab

from convirt_core.app import Application
from convirt_core.settings import Settings

VMS = 20
BUDGET = 1.0
DOMAIN = "<domain type='qemu'><name>vm{}</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os></domain>"
CONVIRT = str(Path(sys.executable).with_name("convirt"))


def own(folder: str) -> dict[str, str]:
    """The environment of a person who has no server yet."""
    return {"CONVIRT_CONFIG": f"{folder}/config.toml", "CONVIRT_DATA": f"{folder}/data"}


def define_vms(lab: Lab) -> None:
    """Have the server know some VMs."""
    for number in range(VMS):
        path = lab.shared / f"vm{number}.xml"
        path.write_text(DOMAIN.format(number))
        lab.h1.virsh("define", path)


def virsh(lab: Lab) -> list[str]:
    """The command, with an ssh that knows the lab: OpenSSH asks the password file for the home."""
    ssh = lab.client.folder / "ssh"
    ssh.write_text(f'#!/bin/sh\nexec {shlex.join(lab.client.ssh())} "$@"\n')
    ssh.chmod(0o755)
    return ["virsh", "--connect", f"qemu+ssh://root@{lab.h1.address}/system?command={ssh}", "list", "--all"]


def in_an_application() -> None:
    """Open one, add the server, list."""
    with tempfile.TemporaryDirectory() as folder, Application.open(Settings.load(own(folder))) as app:
        app.grid.add_server("h1", address="h1")
        (answer,) = app.vms.list()
        assert len(answer.vms) == VMS, answer


def as_commands() -> None:
    """Add the server, list."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **own(folder)}
        command([CONVIRT, "server", "add", "h1", "--address", "h1"], **environment)()
        command([CONVIRT, "vm", "list"], **environment)()


with one_server() as lab:
    define_vms(lab)
    theirs = command(virsh(lab))
    report(f"server add and list of {VMS} VMs / virsh list over ssh", ratio(in_an_application, theirs), BUDGET)
    report("the same as two commands / virsh list over ssh", ratio(as_commands, theirs, rounds=7))
