"""What is made of how the proof ends. That it ends so for real is tested with a real QEMU."""

import pytest

from convirt_core.errors import DeadlineExceeded, ServerUnavailable
from convirt_core.platforms import CommandResult
from convirt_kvm.acceleration import PROOF_SECONDS, Verdict, prove_kvm
from convirt_kvm.boot_sector import BOOT_SECTOR, EXIT_CODE


def test_the_boot_sector_is_one():
    assert len(BOOT_SECTOR) == 512
    assert BOOT_SECTOR.endswith(b"\x55\xaa")
    assert EXIT_CODE == 85


def test_a_guest_that_ends_as_it_was_told_proves_kvm(proxy):
    proof = prove_kvm(proxy)
    assert (proof.verdict, proof.accelerator) == (Verdict.WORKS, "kvm")


def test_a_guest_that_hangs_proves_that_kvm_does_not_work(proxy):
    for end in (*(CommandResult((), code, b"", b"") for code in (124, 137, -9)), DeadlineExceeded("late")):
        proxy.probe = end
        proof = prove_kvm(proxy)
        assert (proof.verdict, proof.accelerator) == (Verdict.BROKEN, "tcg")
        assert f"{PROOF_SECONDS:g} s" in proof.reason
        assert proof.remedy


def test_a_refusal_is_told_in_qemus_words(proxy):
    proxy.probe = CommandResult((), 1, b"", b"warning: x\nfailed to initialize kvm: No such device\n")
    proof = prove_kvm(proxy)
    assert proof.accelerator == "tcg"
    assert "failed to initialize kvm: No such device" in proof.reason


def test_without_the_device_nothing_is_run(proxy):
    proxy.paths.remove("/dev/kvm")
    assert prove_kvm(proxy).verdict is Verdict.BROKEN
    assert not proxy.ran


@pytest.mark.parametrize("what", ["rights", "emulator", "processor"])
def test_what_cannot_be_tried_is_left_to_libvirt(proxy, what):
    if what == "rights":
        proxy.forbidden.add("/dev/kvm")
    elif what == "emulator":
        proxy.paths.remove("/usr/bin/qemu-system-x86_64")
    else:
        proxy.arch = "aarch64"
        proxy.paths.add("/usr/bin/qemu-system-aarch64")
    proof = prove_kvm(proxy)
    assert (proof.verdict, proof.accelerator) == (Verdict.UNPROVEN, "kvm")
    assert "sh" not in {argv[0] for argv in proxy.ran}


def test_a_server_that_is_gone_is_no_verdict(proxy):
    proxy.probe = ServerUnavailable("gone")
    with pytest.raises(ServerUnavailable):
        prove_kvm(proxy)
