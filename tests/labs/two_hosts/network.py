"""The network of a lab: a bridge in a network namespace of its own, with a port for this machine and one a host.

The machine has one link to it, `cvlabN`, and is 10.77.N.1; it is the client, so that `ss` on the machine shows the
client's connections and no others. The kernel takes everything away, that link included, when the process that holds
the namespace ends.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass

BRIDGE = "br0"
FIRST = 11
"""The address of the first host ends in this."""


@dataclass(frozen=True)
class Network:
    """The network 10.77.`number`.0/24.

    :param switch: the process that holds the bridge's namespace
    :param hosts: how many there are
    """

    number: int
    switch: int
    hosts: int

    @classmethod
    def create(cls, switch: int, hosts: int) -> Network:
        """Make the bridge and the machine's link to it, with the first number that is free; raises OSError."""
        ip(switch, "link set lo up", f"link add {BRIDGE} type bridge", f"link set {BRIDGE} up")
        for number in range(256):
            network = cls(number, switch, hosts)
            if not network.is_in_use() and network.link_machine():
                return network
        raise OSError("all of 10.77.0.0/16 is in use on this machine")

    @property
    def link(self) -> str:
        """The name of the machine's end of its link; no two labs can have the same."""
        return f"cvlab{self.number}"

    def is_in_use(self) -> bool:
        """Whether the machine has a route to some of these addresses already."""
        return bool(run("ip", "-4", "route", "show", "root", f"{self.address(0)}/24"))

    def link_machine(self) -> bool:
        """Link the machine to the bridge; False where another lab has the number."""
        command = f"link add {self.link} type veth peer name client netns {self.switch}".split()
        if subprocess.run(["ip", *command], capture_output=True, check=False).returncode:
            return False
        ip(None, f"address add {self.address(1)}/24 dev {self.link}", f"link set {self.link} up")
        ip(self.switch, f"link set client master {BRIDGE} up")
        return True

    def address(self, last: int) -> str:
        """The address that ends in `last`."""
        return f"10.77.{self.number}.{last}"

    def hardware_address(self, last: int) -> str:
        """The address of the network card of the host whose address ends in `last`."""
        return f"02:63:76:4c:{self.number:02x}:{last:02x}"

    def attach(self, name: str, last: int, process: int) -> None:
        """Give the namespace of `process` the card eth0, on the bridge's port `name`.

        Neighbours know each other for good: where a link is down packets vanish, and nobody is told "no route to
        host" because a question for a hardware address was not answered.
        """
        mac = self.hardware_address(last)
        ip(None, f"link add {name} netns {self.switch} type veth peer name eth0 address {mac} netns {process}")
        ip(self.switch, f"link set {name} master {BRIDGE} up")
        ip(
            process,
            "link set lo up",
            f"address add {self.address(last)}/24 dev eth0",
            "link set eth0 up",
            *(self.neighbour(other, "eth0") for other in range(FIRST, FIRST + self.hosts) if other != last),
            f"route add default via {self.address(1)}",
        )
        ip(None, self.neighbour(last, self.link))

    def neighbour(self, last: int, card: str) -> str:
        """The words of `ip` by which a card knows another for good."""
        mac = self.hardware_address(last)
        return f"neighbour replace {self.address(last)} lladdr {mac} nud permanent dev {card}"

    def detach(self, name: str) -> None:
        """Take away a host's card with its port."""
        ip(self.switch, f"link delete {name}")

    def set_port(self, name: str, state: str) -> None:
        """Have a port take and send everything ("forwarding") or nothing ("disabled")."""
        # `ip link set down` would cut as well, but the port would be open again only a second after `up`
        run(*within(self.switch), "bridge", "link", "set", "dev", name, "state", state)

    def isolate(self, name: str, state: str) -> None:
        """Ports that are isolated ("on") do not reach each other, but all others."""
        run(*within(self.switch), "bridge", "link", "set", "dev", name, "isolated", state)

    def limit(self, name: str, rate: str) -> None:
        """Let no more than `rate` ("10mbit") through towards a port; the excess waits."""
        shape = f"qdisc replace dev {name} root tbf rate {rate} burst 64kb latency 400ms".split()
        run(*within(self.switch), "tc", *shape)

    def unlimit(self, name: str) -> None:
        """Take the limit away."""
        run(*within(self.switch), "tc", "qdisc", "delete", "dev", name, "root")


def within(process: int | None) -> tuple[str, ...]:
    """The words that run a command in the network namespace of a process; None: here."""
    return ("nsenter", f"--net=/proc/{process}/ns/net") if process else ()


def ip(process: int | None, *commands: str) -> None:
    """Run commands of `ip` in the network namespace of a process; raises CalledProcessError."""
    run(*within(process), "ip", "-batch", "-", says="\n".join(commands))


def run(*command: str, says: str = "") -> str:
    """What a command answers; raises CalledProcessError."""
    done = subprocess.run(command, input=says, check=True, stdout=subprocess.PIPE, text=True, timeout=30)
    return done.stdout
