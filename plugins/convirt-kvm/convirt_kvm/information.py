"""What is shown of a VM and a server beside what every platform shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.model import InfoSection
from convirt_kvm.acceleration import NOT_ASKED_FOR
from convirt_kvm.options import ACCELERATOR, TCG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.platforms import VMDetails
    from convirt_kvm.vnode import KVMVNode

_WORDS: Mapping[str, str] = {"kvm": "KVM", "qemu": "emulation", "tcg": "emulation"}


def vm_section(vm: VMDetails) -> InfoSection:
    """Return what the VM is made of: of the running side where it runs, else of its definition."""
    empty: Mapping[str, object] = {}
    values: Mapping[str, object] = vm.info if vm.info is not None else vm.config or empty
    kind = values.get("domain_type") or values.get(ACCELERATOR)
    rows = (
        ("accelerator", "Accelerator", _WORDS.get(str(kind), kind)),
        ("machine", "Machine", values.get("machine")),
        ("arch", "Processor architecture", values.get("arch")),
        ("cpu", "Processor", (vm.config or empty).get("cpu")),
        ("os", "Operating system", values.get("os")),
        ("serial", "Serial line on the server", values.get("serial")),
    )
    return InfoSection("KVM", tuple((key, label, str(value)) for key, label, value in rows if value))


def server_section(vnode: KVMVNode) -> InfoSection:
    """Return whether KVM works; finding that out takes some seconds where it does not. Emulation needs no KVM."""
    verdict, reason = _verdict(vnode)
    return InfoSection(
        "Acceleration",
        (
            ("kvm", "KVM", verdict),
            ("kvm_reason", "Because", reason),
            ("accelerator_option", "Asked for", vnode.chosen_accelerator),
            ("accelerator", "Used for new VMs", vnode.accelerator()),
        ),
    )


def _verdict(vnode: KVMVNode) -> tuple[str, str]:
    if vnode.chosen_accelerator == TCG:
        return "untried", NOT_ASKED_FOR
    proof = vnode.proof()
    return proof.verdict.value, proof.reason
