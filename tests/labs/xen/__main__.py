"""The Xen lab for people: `nox -s xen-lab -- up`, then `ssh`, `convirt`, `virsh` as the answer says, then `-- down`."""

from __future__ import annotations

import argparse
import os
import sys

from labs.xen.lab import PEOPLE, XenLab

PORT = 2222
DOWN = "The lab is down; `nox -s xen-lab -- up` starts it."


def main() -> str:
    """Do what the command line says; what to tell. Exits with a sentence where that is not possible."""
    chosen = arguments()
    if os.geteuid() != 0:
        sys.exit("The lab needs root.")
    lab = XenLab.find_up(chosen.name)
    if chosen.action == "up":
        number = chosen.number or 1
        port = chosen.port or PORT + number - 1
        lab = lab or XenLab.up(chosen.name, port=port, number=number, is_linked=chosen.number > 0, stays=True)
    elif lab and chosen.action == "down":
        lab.down()
        lab = None
    elif lab and chosen.action == "ssh":
        os.execvp("ssh", lab.ssh(*chosen.words))
    return use(lab) if lab else DOWN


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="nox -s xen-lab --", description="A Xen server in QEMU, to try things.")
    parser.add_argument("--name", default=PEOPLE, help="one of several labs; people without it")
    parser.add_argument("--port", type=int, default=0, help=f"of 127.0.0.1, for ssh; {PORT} without it")
    parser.add_argument("--number", type=int, default=0, metavar="N", help="one of linked labs, for migrations: 1 to 3")
    parser.add_argument("action", nargs="?", default="status", choices=("up", "down", "status", "ssh"))
    parser.add_argument("words", nargs=argparse.REMAINDER, help="for ssh: the command to run in dom0")
    return parser.parse_args()


def use(lab: XenLab) -> str:
    """The commands that reach it."""
    ssh = " ".join(lab.ssh())
    lines = [
        f"{lab.name} runs: ssh on port {lab.machine.port} of 127.0.0.1; its console is {lab.console}",
        "",
        f"{ssh} xl list",
        f"{ssh} virsh -c xen:///system list --all",
        f"export HOME={lab.home}  # of somebody who knows the server, for convirt",
        f"convirt server add {lab.name} --address {lab.name} --platform xen",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(main())  # noqa: T201  it is a program
