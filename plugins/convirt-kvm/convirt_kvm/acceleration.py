"""Whether KVM runs guests: a device node proves nothing, so a guest is run."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from attrs import frozen

from convirt_core.errors import DeadlineExceeded
from convirt_kvm.boot_sector import BOOT_SECTOR, EXIT_CODE, EXIT_PORT
from convirt_kvm.emulator import Emulator, find_emulator
from convirt_kvm.options import KVM, TCG

if TYPE_CHECKING:
    from convirt_core.platforms import NodeProxy

DEVICE = "/dev/kvm"
NOT_ASKED_FOR = "KVM was not asked for and not tried: the server's accelerator is tcg, emulation."
PROOF_SECONDS = 5.0
"""A guest that KVM runs ends in a fraction of one."""

_SPARE_SECONDS = 10.0

# The sector goes into a file that has no name any more when QEMU starts, and `timeout` is on the server: nothing
# stays behind, whether QEMU hangs, we are killed or the connection breaks.
_SCRIPT = """\
file=$(mktemp) && exec 3<>"$file" && rm -f "$file" && cat >&3 || exit 1
seconds=$1
shift
exec timeout -k 1 "$seconds" "$@" < /dev/null
"""
_TIMED_OUT = frozenset({124, 137, -9})
"""How timeout(1) ends: it ended the command, or had to kill it, and then dies of the same signal."""


class Verdict(StrEnum):
    """What was found out."""

    WORKS = "works"
    BROKEN = "broken"
    UNPROVEN = "unproven"  # it may work for libvirt; we are not allowed to look, or cannot


@frozen
class Proof:
    """The result of one proof.

    :param reason: one sentence
    """

    verdict: Verdict
    reason: str
    remedy: str = ""

    @property
    def accelerator(self) -> str:
        """Return what `auto` then means."""
        return TCG if self.verdict is Verdict.BROKEN else KVM


def prove_kvm(proxy: NodeProxy) -> Proof:
    """Find out whether a server's KVM runs guests; takes at most some seconds, usually a fraction of one."""
    if not proxy.stat(DEVICE):
        remedy = "Switch virtualization on in the firmware and load kvm_intel or kvm_amd; without, guests are emulated."
        return Proof(Verdict.BROKEN, f"There is no {DEVICE}.", remedy)
    if proxy.run(["test", "-r", DEVICE, "-a", "-w", DEVICE]).exit_code:
        return Proof(Verdict.UNPROVEN, f"This user may not open {DEVICE}.", "Add the user to the group 'kvm'.")
    emulator = find_emulator(proxy)
    if emulator is None:
        return Proof(Verdict.UNPROVEN, "There is no QEMU to try it with.", "Install QEMU.")
    if emulator.arch != "x86_64":
        return Proof(Verdict.UNPROVEN, f"There is no guest to try it with on {emulator.arch}.")
    return run_guest(proxy, emulator, KVM)


def run_guest(proxy: NodeProxy, emulator: Emulator, accelerator: str) -> Proof:
    """Run the boot sector under an accelerator of QEMU until it ends QEMU, or the time is up."""
    argv = ["sh", "-c", _SCRIPT, "sh", f"{PROOF_SECONDS:g}", *_guest(emulator, accelerator)]
    name = accelerator.upper()
    hangs = Proof(
        Verdict.BROKEN,
        f"{name} takes a guest but does not run it: it hung for {PROOF_SECONDS:g} s.",
        "If the server is itself a VM, switch nested virtualization on for it; without, guests are emulated.",
    )
    try:
        result = proxy.run(argv, stdin=BOOT_SECTOR, timeout_seconds=PROOF_SECONDS + _SPARE_SECONDS)
    except DeadlineExceeded:
        return hangs
    if result.exit_code == EXIT_CODE:
        return Proof(Verdict.WORKS, f"{name} ran a guest.")
    if result.exit_code in _TIMED_OUT:
        return hangs
    words = (result.error_text.splitlines() or ["it said nothing"])[-1].strip()
    return Proof(Verdict.BROKEN, f"{name} refused a guest: {words}", "See the server's kernel log.")


def _guest(emulator: Emulator, accelerator: str) -> list[str]:
    """QEMU's command line: no screen, no network, one disk, a port to end it."""
    return [
        *(emulator.path, "-accel", accelerator, "-machine", "pc", "-m", "16"),
        *("-display", "none", "-nodefaults", "-no-user-config", "-no-reboot"),
        *("-device", f"isa-debug-exit,iobase={EXIT_PORT:#x},iosize=0x4"),
        *("-drive", "file=/dev/fd/3,format=raw,if=ide"),
    ]
