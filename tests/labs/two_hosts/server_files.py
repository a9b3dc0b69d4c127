"""The configuration files of a host."""

from __future__ import annotations

from dataclasses import dataclass

TCP_PORT = 16509
PASSWORD = "open sesame"
"""The password of every account."""
PASSWORD_HASH = (
    "$6$aMs9lJR0M7Y9K7xi$RIpL/rlmY0N1Q9g89iPkdYIy0SVilpXu9V9SYcHdL.iu0nk.vxHYDJHLets0N7Y1RENH6g4lq7iWM0gifwhbt1"
)
MEMBER, VISITOR = "member", "visitor"
"""Accounts beside root: one of the group libvirt, who may use libvirt's socket, and one who may not."""


@dataclass(frozen=True)
class Setup:
    """What of a host's configuration tests change.

    :param tcp: libvirtd listens on TCP port 16509, without authentication
    :param passwords: sshd takes the password of an account, also that of root
    :param vnc_listen: where the screens of VMs are served that start from now on
    """

    tcp: bool = True
    passwords: bool = False
    vnc_listen: str = "0.0.0.0"


CLOSED = Setup(tcp=False, vnc_listen="127.0.0.1")
"""Nothing but ssh can be reached from elsewhere (and QEMU's own ports while a VM migrates to the host)."""


def sshd_config(setup: Setup) -> str:
    """`/etc/ssh/sshd_config`; what is not said is as sshd has it (ten sessions a connection, for one)."""
    return f"""\
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile /run/sshd.pid
AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/authorized_keys
PasswordAuthentication {"yes" if setup.passwords else "no"}
PermitRootLogin {"yes" if setup.passwords else "prohibit-password"}
KbdInteractiveAuthentication no
UsePAM no
Subsystem sftp internal-sftp
"""


def ssh_config() -> str:
    """`/etc/ssh/ssh_config`: root of a host reaches the others by name and address, and asks nobody."""
    return "BatchMode yes\nStrictHostKeyChecking yes\nConnectTimeout 5\n"


def libvirtd_conf(uuid: str) -> str:
    """`/etc/libvirt/libvirtd.conf`; that TCP is served at all is said on the command line."""
    return f"""\
host_uuid = "{uuid}"
listen_tls = 0
listen_tcp = 1
tcp_port = "{TCP_PORT}"
auth_tcp = "none"
unix_sock_group = "libvirt"
unix_sock_rw_perms = "0770"
auth_unix_rw = "none"
log_outputs = "3:file:/var/log/libvirt/libvirtd.log"
"""


def qemu_conf(setup: Setup, address: str) -> str:
    """`/etc/libvirt/qemu.conf`. QEMU is root, so that it reaches the folders of a test."""
    return f"""\
user = "root"
group = "root"
security_driver = "none"
stdio_handler = "file"
namespaces = [ ]
cgroup_controllers = [ ]
vnc_listen = "{setup.vnc_listen}"
migration_address = "{address}"
"""


def hosts(addresses: dict[str, str]) -> str:
    """`/etc/hosts`: the servers of the lab know each other by name."""
    return "".join(f"{address} {name}\n" for name, address in {"localhost": "127.0.0.1", **addresses}.items())
