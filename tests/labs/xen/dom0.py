"""The dom0 of a Xen lab, reached as a person reaches it: by ssh."""

from __future__ import annotations

import contextlib
import re
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labs.command_line import wait_until
from labs.commands import answer_of

XL_LINE = re.compile(
    r"^(?P<name>.+?)\s+(?P<id>\d+)\s+(?P<memory>\d+)\s+(?P<vcpus>\d+)\s+(?P<state>[r-][b-][p-][s-][c-][d-])\s+"
    r"(?P<seconds>[\d.]+)\s+(?P<uuid>[0-9a-f-]{36})\s",
    re.MULTILINE,
)
WAIT_SAID = r"""
end=$((SECONDS + ${3%.*}))
exec {never}<> <(:)
while ((SECONDS < end)); do
    count=0
    if [[ -e $0 ]]; then
        while read -r line; do [[ $line != *"$1"* ]] || count=$((count + 1)); done < "$0"
    fi
    ((count < $2)) || exit 0
    read -r -t 0.3 -u "$never"
done
exit 1
"""
"""For bash: waits until the file $0 has the words $1 in $2 lines, for $3 seconds. It starts no program meanwhile: where
the CPU is emulated, to look every moment would keep the guest itself from getting there."""
CUT = 255
"""What ssh returns when its connection breaks."""
# Logging in takes a second or two where the CPU is emulated: commands share one connection, which ends by itself.
SHARED = tuple(
    f"-o{word}"
    for word in (
        "BatchMode=yes",
        "LogLevel=ERROR",
        "ConnectTimeout=60",
        "ServerAliveInterval=15",
        "ControlMaster=auto",
        "ControlPersist=60",
    )
)


@dataclass(frozen=True)
class XlDomain:
    """A domain as `xl list -v` shows it.

    :param state: `r-----` and so on: running, blocked, paused, shutdown, crashed, dying
    """

    name: str
    id: int
    uuid: str
    memory_mib: int
    vcpus: int
    state: str
    cpu_seconds: float


class Dom0:
    """Commands in dom0, as root.

    :param name: its host name, and how `home` calls it
    :param folder: holds `home`, which serves as a person's: with `$HOME` set to it, `name` is an address
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.home = folder / "home"

    @property
    def known_hosts(self) -> Path:
        """The file that has its key."""
        return self.home / ".ssh/known_hosts"

    def make_home(self, port: int, keys: Path) -> None:
        """Write `.ssh/config` and `.ssh/known_hosts` into the home.

        :param keys: a folder with `key`, which root's account lets in, and `host_key.pub`, which sshd shows
        """
        self.known_hosts.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shown = " ".join((keys / "host_key.pub").read_text().split()[:2])
        self.known_hosts.write_text(f"[127.0.0.1]:{port} {shown}\n")
        settings = {
            "HostName": "127.0.0.1",
            "Port": port,
            "User": "root",
            "IdentityFile": keys / "key",
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": self.known_hosts,
        }
        words = "".join(f"  {name} {value}\n" for name, value in settings.items())
        (self.home / ".ssh/config").write_text(f"Host {self.name}\n{words}")

    def knows(self, other: Dom0) -> None:
        """Let the person of this home reach another server by its name too."""
        with (self.home / ".ssh/config").open("a") as config:
            config.write((other.home / ".ssh/config").read_text())

    def ssh(self, *words: str, options: Sequence[str] = ()) -> tuple[str, ...]:
        """The command `ssh OPTIONS… NAME WORDS…` with the home's files."""
        return ("ssh", "-F", str(self.home / ".ssh/config"), *options, self.name, *words)

    # -- what runs there -----------------------------------------------------------------------------------------------

    def run(self, *argv: str | Path, says: str = "", within_seconds: float | None = 120) -> str:
        """What a command in dom0 answers; raises CalledProcessError that has what it complains of as a note."""
        command = shlex.join(str(word) for word in argv)
        there = self.ssh(command, options=(*SHARED, f"-oControlPath={self.folder}/connection"))
        return answer_of(there, on=self.name, says=says, within_seconds=within_seconds)

    def virsh(self, *words: str | Path, says: str = "") -> str:
        """What virsh answers there; `/dev/stdin` is what one `says`."""
        return self.run("virsh", "--quiet", "--connect", "xen:///system", *words, says=says)

    def xl_list(self) -> list[XlDomain]:
        """Every domain that Xen has, whoever made it; Domain-0 is the first."""
        return [
            XlDomain(
                name=line["name"],
                id=int(line["id"]),
                uuid=line["uuid"],
                memory_mib=int(line["memory"]),
                vcpus=int(line["vcpus"]),
                state=line["state"],
                cpu_seconds=float(line["seconds"]),
            )
            for line in XL_LINE.finditer(self.run("xl", "list", "-v"))
        ]

    def xl_domain(self, name: str) -> XlDomain | None:
        """The domain of this name, if Xen has it."""
        return next((domain for domain in self.xl_list() if domain.name == name), None)

    def said(self, guest: str) -> str:
        """What a guest has said on its console, in all of its lives."""
        log = f"/var/log/xen/console/guest-{guest}.log"
        return self.run("sh", "-c", 'if [ -e "$1" ]; then cat "$1"; fi', "sh", log)

    def wait_said(self, guest: str, words: str, times: int = 1, within_seconds: float = 120) -> None:
        """Wait until a guest has said something so often, in all of its lives; raises AssertionError."""
        log = f"/var/log/xen/console/guest-{guest}.log"
        try:
            self.run("bash", "-c", WAIT_SAID, log, words, str(times), str(within_seconds), within_seconds=None)
        except subprocess.CalledProcessError as error:
            said = self.said(guest)[-2000:]
            raise AssertionError(
                f"{guest} did not say {words} {times} times in {within_seconds} s, but {said!r}"
            ) from error

    def clear(self) -> None:
        """Remove every domain but Domain-0."""
        for name in self.virsh("list", "--all", "--name").split():
            if name != "Domain-0":
                self.remove(name)
        for domain in self.xl_list()[1:]:
            self.run("xl", "destroy", str(domain.id))

    def remove(self, name: str) -> None:
        """End and undefine a domain of libvirt; that it is gone already is all right."""
        for command, *options in (("destroy",), ("undefine", "--managed-save")):
            with contextlib.suppress(subprocess.CalledProcessError):
                self.virsh(command, *options, name)

    # -- its daemons ---------------------------------------------------------------------------------------------------

    def libvirtd_runs(self) -> bool:
        """Whether libvirtd is there; it may hang."""
        return self.run("sh", "-c", "pgrep -x libvirtd || true") != ""

    def kill_libvirtd(self) -> None:
        """Kill libvirtd with SIGKILL; the domains live on."""
        self.run("pkill", "-KILL", "-x", "libvirtd")
        wait_until(lambda: not self.libvirtd_runs(), f"libvirtd of {self.name} has ended")

    def start_libvirtd(self) -> None:
        """Start libvirtd, unless it runs, and wait until it answers."""
        if not self.libvirtd_runs():
            self.run("libvirtd", "--daemon")
        self.virsh("version")

    def restart_libvirtd(self) -> None:
        """End libvirtd, if it runs, and start it."""
        if self.libvirtd_runs():
            self.run("pkill", "-x", "libvirtd")
        wait_until(lambda: not self.libvirtd_runs(), f"libvirtd of {self.name} has ended")
        self.start_libvirtd()

    def cut_ssh(self) -> None:
        """End every ssh connection that is open, also this one's own; new ones are taken."""
        try:
            self.run("pkill", "-KILL", "-f", "^sshd: root@")
        except subprocess.CalledProcessError as error:
            if error.returncode != CUT:
                raise
