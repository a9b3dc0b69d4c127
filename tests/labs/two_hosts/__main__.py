"""The lab for people: `nox -s lab -- up`, then `ssh`, `convirt`, `virsh` as the answer says, then `-- down`."""

from __future__ import annotations

import argparse
import os
import sys

from labs.two_hosts.host import Host
from labs.two_hosts.lab import Lab


def main() -> str:
    """Do what the command line says; what to tell. Exits with a sentence where that is not possible."""
    parser = argparse.ArgumentParser(prog="nox -s lab --", description="Servers in network namespaces, to try things.")
    parser.add_argument("action", nargs="?", default="status", choices=("up", "down", "status"))
    parser.add_argument("--hosts", type=int, default=2, metavar="N", help="how many servers to make; 2 without it")
    parser.add_argument("--name", default="people", help="one of several labs; people without it")
    chosen = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("The lab needs root.")
    lab = Lab.find_up(chosen.name)
    if chosen.action == "up":
        names = [f"h{number}" for number in range(1, chosen.hosts + 1)]
        lab = lab or Lab.up(names, label=chosen.name, stays=True)
        return f"{state(lab)}\n\n{use(lab)}"
    if lab and chosen.action == "down":
        lab.down()
        lab = None
    return state(lab) if lab else "The lab is down; `nox -s lab -- up` starts it."


def use(lab: Lab) -> str:
    """The commands that reach the hosts."""
    home = lab.client.home
    lines = [f"ssh -F {home}/.ssh/config h1", f"export HOME={home}  # of somebody who knows the servers, for convirt"]
    how = "--platform kvm --option accelerator=tcg"
    lines += [f"convirt server add {host.name} --address {host.name} {how}" for host in lab.hosts]
    return "\n".join(lines)


def state(lab: Lab) -> str:
    """One line for each host."""
    return "\n".join(f"{host.name}  {host.address}  {what_runs(host) if host.is_on() else 'off'}" for host in lab.hosts)


def what_runs(host: Host) -> str:
    """Which daemons run, and how many VMs."""
    names = [process.name for process in host.processes()]
    daemons = [daemon for daemon in ("sshd", "libvirtd") if daemon in names]
    vms = sum(name.startswith("qemu-system") for name in names)
    return ", ".join([*daemons, "1 VM" if vms == 1 else f"{vms} VMs"])


if __name__ == "__main__":
    print(main())  # noqa: T201  it is a program
