"""The machine that QEMU emulates for Xen. What it is made of was measured; little else boots, and that slower."""

from __future__ import annotations

import os
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

MAKE = Path(__file__).with_name("make-xen.sh")
ROOT = Path(__file__).parents[3]

ACCELERATION = "tcg,thread=multi,tb-size=256"
# What QEMU 7.2 emulates wrongly for Xen 4.17: with SMAP an IRET in ring 3 faults and dom0 dies (no newer CPU, then);
# MONITOR: an MWAIT with ECX=1 faults and Xen dies; RDTSCP: a wrong SVM exit code, PVH guests die. SVM and NPT make PVH
# guests possible.
CPU = "Opteron_G3,-misalignsse,-monitor,-rdtscp,+svm,+npt"
CPUS = 2
MEMORY_MIB = 2048
DOM0_MEMORY_MIB = 512
XEN = (
    f"dom0_mem={DOM0_MEMORY_MIB}M,max:{DOM0_MEMORY_MIB}M com1=115200,8n1 console=com1 "
    "loglvl=warning guest_loglvl=warning spec-ctrl=no xpti=no tsc=stable:socket"
)
DOM0 = "console=hvc0 loglevel=4 mitigations=off cryptomgr.notests apparmor=0 audit=0"
LINK = "mcast=230.77.0.1:7710,localaddr=127.0.0.1"
"""The network of linked labs: what one sends, all of this machine hear."""


def built() -> Path:
    """The folder of what the machine boots and of its keys, in CONVIRT_LAB_DIR or .lab/; made where it is not there.

    Raises CalledProcessError.
    """
    folder = Path(os.environ.get("CONVIRT_LAB_DIR", ROOT / ".lab")).resolve() / "xen"
    subprocess.run(["bash", MAKE, folder], check=True, timeout=1800)
    return folder


@dataclass(frozen=True)
class Machine:
    """One machine.

    :param port: of 127.0.0.1, which is the ssh port of dom0
    :param number: its dom0 is called xenN, with the address 192.168.77.N on the bridge xenbr0
    :param is_linked: that bridge is one network with those of the other linked labs, for migrations
    """

    port: int
    number: int = 1
    is_linked: bool = False

    @property
    def name(self) -> str:
        """The host name of its dom0."""
        return f"xen{self.number}"

    @property
    def uuid(self) -> str:
        """The UUID that its firmware says: the same at each start, another for another number."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{self.name}.lab.convirt"))

    def command(self, console: Path) -> list[str]:
        """The command that runs it, in the folder that is `built`.

        :param console: the file that gets what Xen and dom0 say
        """
        return [
            *("qemu-system-x86_64", "-name", f"convirt-{self.name}", "-uuid", self.uuid),
            *("-machine", "q35", "-accel", ACCELERATION, "-cpu", CPU, "-smp", str(CPUS), "-m", str(MEMORY_MIB)),
            *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", f"file:{console}"),
            # QEMU loads Xen by multiboot: the "initrd" is its modules, each with its command line
            *("-kernel", "xen", "-append", XEN),
            *("-initrd", f"vmlinuz {DOM0} lab.number={self.number},initrd.img"),
            # what dom0 writes is gone when QEMU ends: every start is a new server
            *("-drive", "if=none,id=disk,file=dom0.img,format=raw,snapshot=on,cache=unsafe"),
            *("-device", "virtio-blk-pci,drive=disk"),
            *("-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{self.port}-:22"),
            *("-device", "virtio-net-pci,netdev=net,romfile="),
            *(self._link() if self.is_linked else ()),
        ]

    def _link(self) -> tuple[str, ...]:
        card = f"virtio-net-pci,netdev=link,romfile=,mac=52:54:00:77:00:{self.number:02x}"
        return ("-netdev", f"socket,id=link,{LINK}", "-device", card)
