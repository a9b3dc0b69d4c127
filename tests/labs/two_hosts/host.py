"""A host: a server that is this machine once more, in namespaces of its own.

It has its own network, host name and processes, and its own folders over /etc, /root, /home, /srv, /tmp, /run,
/var/log, and libvirt's in /var/lib and /var/cache. All other folders are the machine's: /usr, and /var/tmp, where what
hosts share lies at the same path on each.
"""

from __future__ import annotations

import signal
from pathlib import Path

from labs.command_line import wait_until
from labs.two_hosts import server_files
from labs.two_hosts.furniture import furnish
from labs.two_hosts.namespaces import Namespaces, Process
from labs.two_hosts.network import Network
from labs.two_hosts.server_files import MEMBER, PASSWORD_HASH, VISITOR, Setup

PORT = 22


class Host(Namespaces):
    """One server of a lab.

    :param name: which is its host name too
    :param folder: where the folders lie that are its own
    :param last: the end of its address
    """

    def __init__(self, name: str, folder: Path, network: Network, last: int) -> None:
        super().__init__(name, folder)
        self.network = network
        self.last = last
        self.setup = Setup()

    @property
    def address(self) -> str:
        """Its IPv4 address."""
        return self.network.address(self.last)

    @property
    def socket(self) -> Path:
        """Its libvirtd's socket, as this machine sees it."""
        return self.folder / "run/libvirt/libvirt-sock"

    @property
    def uri(self) -> str:
        """Its libvirt for a client on this machine, past the network."""
        return f"qemu+unix:///system?socket={self.socket}"

    @property
    def tcp_uri(self) -> str:
        """Its libvirt by TCP, for this machine and the other hosts."""
        return f"qemu+tcp://{self.address}/system"

    @property
    def ssh_uri(self) -> str:
        """Its libvirt by ssh, for the other hosts."""
        return f"qemu+ssh://root@{self.address}/system"

    @property
    def uuid(self) -> str:
        """The UUID by which libvirt knows the host."""
        return (self.folder / "uuid").read_text()

    # -- its life ------------------------------------------------------------------------------------------------------

    def furnish(self, addresses: dict[str, str]) -> None:
        """Make its folders; `addresses` are those of all hosts, by name."""
        furnish(self.folder, self.name, addresses)
        self.write_setup()

    def write_setup(self) -> None:
        """Write the files that depend on the setup."""
        (self.folder / "etc/ssh/sshd_config").write_text(server_files.sshd_config(self.setup))
        (self.folder / "etc/libvirt/qemu.conf").write_text(server_files.qemu_conf(self.setup, self.address))

    def boot(self) -> None:
        """Wait for the first process, join the network and start the daemons."""
        self.wait_until_on()
        self.network.attach(self.name, self.last, self.pid)
        self.make_accounts()
        self.start_sshd()
        self.start_libvirtd()

    def make_accounts(self) -> None:
        """Make the accounts beside root, and give all the password."""
        for account, groups in ((MEMBER, "libvirt"), (VISITOR, "")):
            if not (self.folder / "home" / account).exists():
                make = ("useradd", "--create-home", "--shell", "/bin/sh", "--groups", groups)
                self.run(*make, "--password", PASSWORD_HASH, account)
        self.run("usermod", "--password", PASSWORD_HASH, "root")

    def virsh(self, *words: str | Path) -> str:
        """What virsh answers on the host."""
        return self.run("virsh", "--quiet", "--connect", "qemu:///system", *words)

    def qemu_processes(self, vm: str) -> list[Process]:
        """The QEMUs that run a VM (`-name guest=VM,…`)."""
        return [process for process in self.processes() if f" guest={vm}," in process.words]

    # -- its daemons ---------------------------------------------------------------------------------------------------

    def libvirtd(self) -> list[Process]:
        """libvirtd, if it runs."""
        return [process for process in self.processes() if process.name == "libvirtd"]

    def start_libvirtd(self) -> None:
        """Start libvirtd, unless it runs, and wait until it answers."""
        if not self.libvirtd():
            self.run("libvirtd", "-d", *(("--listen",) if self.setup.tcp else ()))
            self.virsh("version")

    def kill_libvirtd(self) -> None:
        """Kill libvirtd; the VMs live on."""
        self.signal(signal.SIGKILL, *self.libvirtd())
        wait_until(lambda: not self.libvirtd(), f"libvirtd of {self.name} has ended")

    def sshd_listener(self) -> list[Process]:
        """The sshd that waits for connections, if it runs."""
        return [process for process in self.sshd() if "[listener]" in process.words]

    def sshd_sessions(self) -> list[Process]:
        """Every other sshd: of a connection, logged in or about to."""
        return [process for process in self.sshd() if "[listener]" not in process.words]

    def sshd(self) -> list[Process]:
        """Every sshd of the host."""
        return [process for process in self.processes() if process.name.startswith("sshd")]

    def start_sshd(self) -> None:
        """Start sshd, unless it runs, and wait until it listens."""
        if not self.sshd_listener():
            self.run("/usr/sbin/sshd", "-E", "/var/log/sshd.log")
            wait_until(lambda: bool(self.run("ss", "-Hltn", "sport", "=", f":{PORT}")), f"sshd of {self.name} listens")

    def stop_sshd(self) -> None:
        """End the sshd that waits for connections; those that are open stay."""
        self.signal(signal.SIGKILL, *self.sshd_listener())
        wait_until(lambda: not self.sshd_listener(), f"sshd of {self.name} has ended")
