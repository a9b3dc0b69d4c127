"""A host: a server that is this machine once more, in namespaces of its own.

It has its own network, host name and processes, and its own folders over /etc, /root, /home, /srv, /tmp, /run,
/var/log, and libvirt's in /var/lib and /var/cache. All other folders are the machine's: /usr, and /var/tmp, where what
hosts share lies at the same path on each.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from labs.command_line import wait_until
from labs.two_hosts import server_files
from labs.two_hosts.network import Network
from labs.two_hosts.server_files import MEMBER, PASSWORD_HASH, VISITOR, Setup

BOOT = Path(__file__).with_name("boot.sh")
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL")
NAMESPACES = ("unshare", "--mount", "--uts", "--net", "--pid", "--fork", "--kill-child")
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
}
PORT = 22


@dataclass(frozen=True)
class Process:
    """A process on a host; `pid` is its number there."""

    pid: int
    name: str
    words: str


class Host:
    """One server of a lab.

    :param name: which is its host name too
    :param folder: where its private folders lie
    :param last: the end of its address
    """

    def __init__(self, name: str, folder: Path, network: Network, last: int) -> None:
        self.name = name
        self.folder = folder
        self.network = network
        self.last = last
        self.setup = Setup()
        self.process: subprocess.Popen[str] | None = None

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

    @property
    def pid(self) -> int:
        """The process that holds its namespaces."""
        return int((self.folder / "pid").read_text())

    # -- its life ------------------------------------------------------------------------------------------------------

    def furnish(self, addresses: dict[str, str]) -> None:
        """Make its folders, which outlive its being switched off."""
        etc = self.folder / "etc"
        self.folder.mkdir(parents=True)
        subprocess.run(["cp", "--archive", "/etc", etc], check=True)
        for machines in (etc / "ssh", etc / "libvirt/qemu", etc / "libvirt/storage"):
            shutil.rmtree(machines, ignore_errors=True)
        for private in (
            "root/.ssh",
            "home",
            "srv",
            "var/lib/libvirt/images",
            "var/cache/libvirt",
            "var/log/libvirt",
            "etc/ssh",
        ):
            (self.folder / private).mkdir(parents=True)
        (self.folder / "root/.ssh").chmod(0o700)
        (self.folder / "uuid").write_text(str(uuid.uuid4()))
        (etc / "machine-id").write_text(self.uuid.replace("-", "") + "\n")
        (etc / "hostname").write_text(self.name + "\n")
        (etc / "hosts").write_text(server_files.hosts(addresses))
        (etc / "ssh/ssh_config").write_text(server_files.ssh_config())
        (etc / "libvirt/libvirtd.conf").write_text(server_files.libvirtd_conf(self.uuid))
        keep_capabilities(self.folder / "var/cache/libvirt")
        self.write_setup()

    def write_setup(self) -> None:
        """Write the files that depend on the setup."""
        (self.folder / "etc/ssh/sshd_config").write_text(server_files.sshd_config(self.setup))
        (self.folder / "etc/libvirt/qemu.conf").write_text(server_files.qemu_conf(self.setup, self.address))

    def switch_on(self, *, stays: bool = False) -> None:
        """Begin its first process, without waiting for it.

        :param stays: it lives on when the process that runs this ends
        """
        for volatile in ("run", "tmp"):
            shutil.rmtree(self.folder / volatile, ignore_errors=True)
            (self.folder / volatile).mkdir()
        (self.folder / "tmp").chmod(0o1777)
        with (self.folder / "boot.log").open("w") as log:
            self.process = subprocess.Popen(
                [*(() if stays else DIES_WITH_US), *NAMESPACES, "sh", BOOT, self.folder, self.name],
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        (self.folder / "pid").write_text(str(self.process.pid))

    def boot(self) -> None:
        """Wait for the first process, join the network and start the daemons."""
        assert self.process is not None
        assert self.process.stdout is not None
        with self.process.stdout as said:
            assert said.readline() == "ready\n", f"{self.name} did not boot: {(self.folder / 'boot.log').read_text()}"
        self.network.attach(self.name, self.last, self.process.pid)
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

    def switch_off(self) -> None:
        """Pull the plug: everything on it ends at once, VMs too; what it wrote stays."""
        if not self.is_on():
            return
        # the holder of the namespaces ends when all in them have ended, which the end of the first process brings about
        first = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        os.kill(int(first[0]) if first else self.pid, signal.SIGKILL)
        if self.process:
            self.process.wait()
        wait_until(lambda: not self.is_on(), f"{self.name} is off")

    def is_on(self) -> bool:
        """Whether its first process is there; a number that another process has by now is not mistaken for it."""
        try:
            words = Path(f"/proc/{self.pid}/cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            return False
        return bytes(self.folder) in words

    # -- what runs on it -----------------------------------------------------------------------------------------------

    def within(self) -> tuple[str, ...]:
        """The words before a command that run it on the host, as root and past the network."""
        pid = self.pid
        spaces = (f"--target={pid}", "--mount", "--uts", "--net", f"--pid=/proc/{pid}/ns/pid_for_children", "--root")
        return ("nsenter", *spaces, "--")

    def begin(self, *command: str | Path) -> subprocess.Popen[str]:
        """Start a command on the host, with pipes to all its streams."""
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*self.within(), *command], env=ENVIRONMENT, stdin=pipe, stdout=pipe, stderr=pipe, text=True
        )

    def run(self, *command: str | Path, says: str = "", within_seconds: float = 60) -> str:
        """What a command on the host answers; raises CalledProcessError that has what it complains of as a note."""
        done = subprocess.run(
            [*self.within(), *command],
            env=ENVIRONMENT,
            input=says,
            capture_output=True,
            text=True,
            check=False,
            timeout=within_seconds,
        )
        try:
            done.check_returncode()
        except subprocess.CalledProcessError as error:
            error.add_note(f"on {self.name}: {done.stderr}")
            raise
        return done.stdout

    def virsh(self, *words: str | Path) -> str:
        """What virsh answers on the host."""
        return self.run("virsh", "--quiet", "--connect", "qemu:///system", *words)

    def processes(self) -> list[Process]:
        """What runs on the host."""
        lines = self.run("ps", "-e", "-ww", "-o", "pid=,comm=,args=").splitlines()
        return [Process(int(pid), name, words) for pid, name, words in (line.split(None, 2) for line in lines)]

    def qemu_processes(self, vm: str) -> list[Process]:
        """The QEMUs that run a VM (`-name guest=VM,…`)."""
        return [process for process in self.processes() if f" guest={vm}," in process.words]

    def signal(self, how: signal.Signals, *processes: Process) -> None:
        """Send a signal to processes of the host."""
        if processes:
            self.run("kill", f"-{how.name.removeprefix('SIG')}", *(str(process.pid) for process in processes))

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


def keep_capabilities(cache: Path) -> None:
    """Have libvirt know from its first start what the machine's libvirt has asked QEMU already, if it has."""
    known = Path("/var/cache/libvirt/qemu/capabilities")
    if known.exists():
        shutil.copytree(known, cache / "qemu/capabilities")
