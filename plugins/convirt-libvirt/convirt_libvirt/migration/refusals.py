"""Why libvirt refuses a migration, where a person can do something about it: a sentence of ours before libvirt's own.

What stands against a migration is checked before it begins; this is for what is forced, or changes meanwhile.
Sentences: libvirt 9.0, `src/conf/virdomainobjlist.c`, `src/util/virportallocator.c`, `src/qemu/qemu_domain.c`,
`src/qemu/qemu_process.c`, `src/cpu/cpu_x86.c`; of QEMU 7.2, `block.c`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import libvirt

from convirt_core.errors import AlreadyExists, ConvirtError, Refused
from convirt_libvirt.errors import sentence

if TYPE_CHECKING:
    from collections.abc import Sequence


class _Reason(NamedTuple):
    """One reason.

    :param said: how libvirt's sentence of it is known
    :param code: likewise, by its code; 0: has none of its own
    :param sentence: ours, with the fields `vm`, `here`, `there` and the groups of `said`
    :param remedy: with the fields `here` and `there`
    """

    kind: type[ConvirtError]
    said: str
    sentence: str
    remedy: str
    code: int = 0


_NEVER = r"(?!)"
_REASONS: Sequence[_Reason] = (
    _Reason(
        AlreadyExists,
        r"domain '.*' already exists with uuid",
        "{there} has another VM {vm}.",
        "Rename one of them.",
    ),
    _Reason(
        AlreadyExists,
        r"domain '(?P<other>.*)' is already (defined with uuid|active|being started)",
        "{there} has a VM with the UUID of {vm} already: {other}.",
        "Look which of them is wanted, and remove the other's definition.",
    ),
    _Reason(
        Refused,
        r"Unable to find an unused port",
        "{there} has no port left to receive a migration on.",
        "Wait until other migrations to it are over, or give its libvirt more ports.",
    ),
    _Reason(
        Refused,
        r"(Cannot access (storage|backing) file|Could not open|Failed to open file) '(?P<path>[^']+)'.*No such file",
        "{path}, which {vm} needs, is missing on {here} or {there}.",
        "If {here} has lost it, bring it back; else let {there} reach it, or copy the disks with --copy-storage.",
    ),
    _Reason(
        Refused,
        _NEVER,
        "libvirt on {here} does not take the disks of {vm} for shared with {there}.",
        "Copy them with --copy-storage.",
        libvirt.VIR_ERR_MIGRATE_UNSAFE,
    ),
    _Reason(
        Refused,
        r"guest CPU doesn't match specification|CPU is incompatible with host CPU",
        "{there} cannot give {vm} its processor.",
        "Give the VM a processor that both servers have.",
        libvirt.VIR_ERR_CPU_INCOMPATIBLE,
    ),
)


def known_refusal(error: libvirt.libvirtError, *, vm: str, here: str, there: str) -> ConvirtError | None:
    """Return what to raise for libvirt's refusal; None: its cause is not known here.

    :param vm: the VM's name
    :param here: the source's
    :param there: the destination's
    """
    words = sentence(error)
    for reason in _REASONS:
        found = re.search(reason.said, words)
        if found or (reason.code and reason.code == error.get_error_code()):
            ours = reason.sentence.format(vm=vm, here=here, there=there, **(found.groupdict() if found else {}))
            return reason.kind(f"{ours} libvirt says: {words}.", remedy=reason.remedy.format(here=here, there=there))
    return None
