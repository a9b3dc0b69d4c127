"""What can go wrong with a host, each for as long as a `with` lasts (or `Lab.suffers` … `Lab.heal`)."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from labs.command_line import wait_until
from labs.two_hosts.client import make_key
from labs.two_hosts.host import PORT, Host
from labs.two_hosts.namespaces import Process
from labs.two_hosts.server_files import Setup

DELAY = Path(__file__).with_name("delay.py")

# -- the network -------------------------------------------------------------------------------------------------------


@contextmanager
def link_down(host: Host) -> Iterator[None]:
    """Packets from and to the host vanish: no reset, no refusal."""
    host.network.set_port(host.name, "disabled")
    try:
        yield
    finally:
        host.network.set_port(host.name, "forwarding")


@contextmanager
def cut_between(*hosts: Host) -> Iterator[None]:
    """Packets between these hosts vanish; the client reaches each as before."""
    for host in hosts:
        host.network.isolate(host.name, "on")
    try:
        yield
    finally:
        for host in hosts:
            host.network.isolate(host.name, "off")


@contextmanager
def hidden_from_client(host: Host) -> Iterator[None]:
    """Packets between the client and the host vanish; the other hosts reach it as before."""
    client = host.network.address(1)
    host.run("ip", "route", "add", "blackhole", client)
    try:
        yield
    finally:
        host.run("ip", "route", "delete", "blackhole", client)


@contextmanager
def slow_link(host: Host, rate: str) -> Iterator[None]:
    """What is sent to the host arrives at `rate` ("10mbit") at most."""
    host.network.limit(host.name, rate)
    try:
        yield
    finally:
        host.network.unlimit(host.name)


@contextmanager
def far_away(host: Host, seconds: float, port: int = PORT) -> Iterator[int]:
    """A port of 127.0.0.1 that is the host's, `seconds` away in each direction."""
    command = [sys.executable, str(DELAY), str(seconds), host.address, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdout is not None
        try:
            yield int(proxy.stdout.readline())
        finally:
            proxy.terminate()


# -- processes ---------------------------------------------------------------------------------------------------------


@contextmanager
def stopped(host: Host, processes: list[Process]) -> Iterator[None]:
    """Processes stand still; those that are gone when this ends are not missed."""
    host.signal(signal.SIGSTOP, *processes)
    try:
        yield
    finally:
        there = {process.pid for process in host.processes()}
        host.signal(signal.SIGCONT, *(process for process in processes if process.pid in there))


def stopped_libvirtd(host: Host) -> AbstractContextManager[None]:
    """libvirtd answers nothing, and refuses nothing."""
    return stopped(host, host.libvirtd())


def stopped_sshd(host: Host) -> AbstractContextManager[None]:
    """No sshd of the host does anything, those of open connections neither."""
    return stopped(host, host.sshd())


def stopped_sshd_listener(host: Host) -> AbstractContextManager[None]:
    """The sshd that takes connections stands still; those that are open go on."""
    return stopped(host, host.sshd_listener())


@contextmanager
def killed_libvirtd(host: Host) -> Iterator[None]:
    """libvirtd was killed, and starts again in the end. VMs live on."""
    host.kill_libvirtd()
    try:
        yield
    finally:
        host.start_libvirtd()


def kill_sshd_sessions(host: Host) -> None:
    """Kill the sshd of every connection that is open: the clients see it end."""
    host.signal(signal.SIGKILL, *host.sshd_sessions())
    wait_until(lambda: not host.sshd_sessions(), f"no sshd of a connection runs on {host.name}")


@contextmanager
def switched_off(host: Host) -> Iterator[None]:
    """The host has lost its power, and boots again in the end. What ran on it is gone."""
    host.network.detach(host.name)  # or it would refuse connections for a moment more
    host.switch_off()
    try:
        yield
    finally:
        host.switch_on()
        host.boot()


# -- configuration -----------------------------------------------------------------------------------------------------


@contextmanager
def set_up(host: Host, setup: Setup) -> Iterator[None]:
    """The host is configured in another way; its daemons start anew for it, connections and VMs live on."""
    before = host.setup
    reconfigure(host, setup)
    try:
        yield
    finally:
        reconfigure(host, before)


def passwords(host: Host) -> AbstractContextManager[None]:
    """sshd takes passwords."""
    return set_up(host, replace(host.setup, passwords=True))


def reconfigure(host: Host, setup: Setup) -> None:
    """Have the daemons run with another setup."""
    host.setup = setup
    host.write_setup()
    restart_sshd(host)
    host.kill_libvirtd()
    host.start_libvirtd()


@contextmanager
def changed_host_key(host: Host) -> Iterator[None]:
    """The host shows another key than the one in `known_hosts`."""
    ssh = host.folder / "etc/ssh"
    names = ("ssh_host_ed25519_key", "ssh_host_ed25519_key.pub")
    for name in names:
        (ssh / name).rename(ssh / f"{name}.before")
    make_key(ssh / names[0])
    restart_sshd(host)
    try:
        yield
    finally:
        for name in names:
            (ssh / f"{name}.before").rename(ssh / name)
        restart_sshd(host)


def restart_sshd(host: Host) -> None:
    """Have sshd read its files again."""
    host.stop_sshd()
    host.start_sshd()


@contextmanager
def without(host: Host, *programs: str) -> Iterator[None]:
    """Programs, given by their paths, are not installed."""
    with ExitStack() as layers:
        for folder in {str(Path(program).parent) for program in programs}:
            names = [Path(program).name for program in programs if program.startswith(f"{folder}/")]
            layers.enter_context(hidden(host, folder, names))
        yield


@contextmanager
def hidden(host: Host, folder: str, names: list[str]) -> Iterator[None]:
    """Files of a folder are not there: the mark of an overlay for a removed file, a device 0:0, lies over each."""
    marks = f"/run/hidden{folder}"
    host.run("mkdir", "-p", marks)
    host.run("mount", "-t", "tmpfs", "tmpfs", marks)
    for name in names:
        host.run("mknod", f"{marks}/{name}", "c", "0", "0")
    host.run("mount", "-t", "overlay", "-o", f"lowerdir={marks}:{folder}", "overlay", folder)
    try:
        yield
    finally:
        host.run("umount", "--lazy", folder, marks)


@contextmanager
def without_libvirt(host: Host) -> Iterator[None]:
    """libvirt is not installed."""
    programs = [host.run("which", program).strip() for program in ("libvirtd", "virsh", "virt-ssh-helper")]
    with killed_libvirtd(host), without(host, *programs):
        shutil.rmtree(host.socket.parent)
        yield


# -- storage -----------------------------------------------------------------------------------------------------------


@contextmanager
def small_storage(host: Host, path: str, mib: int) -> Iterator[None]:
    """A file system of `mib` MiB, empty, lies over the folder `path` of the host; what is put there is gone after."""
    host.run("mkdir", "-p", path)
    host.run("mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=755", "tmpfs", path)
    try:
        yield
    finally:
        host.run("umount", "--lazy", path)


@contextmanager
def filled(host: Host, path: str) -> Iterator[None]:
    """The file system of the folder `path`, a small one, has no byte left."""
    filler = f"{path}/filler"
    host.run("sh", "-c", f"cat /dev/zero > '{filler}' || test -s '{filler}'")
    try:
        yield
    finally:
        host.run("rm", "-f", filler)
