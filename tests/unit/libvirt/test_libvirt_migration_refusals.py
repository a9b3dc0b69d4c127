"""What libvirt refuses, in our words."""

from __future__ import annotations

import libvirt
import pytest

from convirt_core.errors import Refused
from convirt_libvirt.migration.refusals import known_refusal

FAILED, UUID = libvirt.VIR_ERR_OPERATION_FAILED, "8b8d6a4e-4431-4f4f-b8d0-a336e568ed32"


@pytest.mark.parametrize(
    ("code", "words", "ours"),
    [
        (FAILED, f"operation failed: domain 'web1' already exists with uuid {UUID}", "h2 has another VM web1."),
        (
            FAILED,
            f"operation failed: domain 'db' is already defined with uuid {UUID}",
            "h2 has a VM with the UUID of web1 already: db.",
        ),
        (
            libvirt.VIR_ERR_OPERATION_INVALID,
            "Requested operation is not valid: domain 'web1' is already active",
            "h2 has a VM with the UUID of web1 already: web1.",
        ),
        (
            FAILED,
            "internal error: Unable to find an unused port in range 'migration' (49152-49215)",
            "h2 has no port left to receive a migration on.",
        ),
        (
            libvirt.VIR_ERR_SYSTEM_ERROR,
            "Cannot access storage file '/srv/a.qcow2' (as uid:0, gid:0): No such file or directory",
            "/srv/a.qcow2, which web1 needs, is missing on h1 or h2.",
        ),
        (
            libvirt.VIR_ERR_SYSTEM_ERROR,
            "Cannot access backing file '/srv/base' of storage file '/srv/a': No such file or directory",
            "/srv/base, which web1 needs, is missing on h1 or h2.",
        ),
        (
            libvirt.VIR_ERR_INTERNAL_ERROR,
            "internal error: process exited while connecting: Could not open '/srv/a': No such file or directory",
            "/srv/a, which web1 needs, is missing on h1 or h2.",
        ),
        (
            libvirt.VIR_ERR_MIGRATE_UNSAFE,
            "Unsafe migration: Migration without shared storage is unsafe",
            "libvirt on h1 does not take the disks of web1 for shared with h2.",
        ),
        (
            libvirt.VIR_ERR_CPU_INCOMPATIBLE,
            "the CPU is incompatible with host CPU: Host CPU does not provide required features: svm",
            "h2 cannot give web1 its processor.",
        ),
        (
            FAILED,
            "operation failed: guest CPU doesn't match specification: missing features: avx",
            "h2 cannot give web1 its processor.",
        ),
    ],
)
def test_a_refusal_of_known_cause_is_said_in_our_words_with_libvirts_behind(
    libvirt_error, code: int, words: str, ours: str
) -> None:
    refusal = known_refusal(libvirt_error(code, message=words), vm="web1", here="h1", there="h2")
    assert isinstance(refusal, Refused)
    assert refusal.message == f"{ours} libvirt says: {words}."
    assert refusal.remedy


def test_a_missing_file_may_be_the_sources_and_the_remedy_is_for_both(libvirt_error) -> None:
    words = "Cannot access storage file '/srv/a': No such file or directory"
    error = libvirt_error(libvirt.VIR_ERR_SYSTEM_ERROR, message=words)
    refusal = known_refusal(error, vm="web1", here="h1", there="h2")
    assert refusal is not None
    assert refusal.remedy.startswith("If h1 has lost it, bring it back; else let h2 reach it")


def test_a_refusal_of_any_other_cause_is_libvirts_own(libvirt_error) -> None:
    words = "internal error: qemu unexpectedly closed the monitor"
    assert known_refusal(libvirt_error(FAILED, message=words), vm="web1", here="h1", there="h2") is None


def test_a_name_with_braces_is_a_name(libvirt_error) -> None:
    error = libvirt_error(FAILED, message=f"operation failed: domain '{{x}}' already exists with uuid {UUID}")
    refusal = known_refusal(error, vm="{x}", here="h1", there="h2")
    assert str(refusal).startswith("h2 has another VM {x}.")
