"""What a server is found to have and to lack."""

import pytest

from convirt_core.errors import OperationFailed
from convirt_core.model import Severity
from convirt_core.platforms import CommandResult
from convirt_kvm.detection import detect
from convirt_kvm.prerequisites import check_all

DRIVER = "/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so"


def finding(proxy, code, **options):
    return next(found for found in check_all(proxy, options) if found.code == code)


def test_a_server_that_has_all_is_told_so_piece_by_piece(proxy):
    findings = check_all(proxy, {})
    assert [found.severity for found in findings] == [Severity.INFO] * 9
    assert len({found.code for found in findings}) == 9
    assert finding(proxy, "qemu").message == "QEMU 7.2.17 is /usr/bin/qemu-system-x86_64."
    assert finding(proxy, "memory").message == "4096 MiB of memory are available."


def hang(proxy):
    proxy.probe = CommandResult((), 124, b"", b"")


@pytest.mark.parametrize(
    ("code", "severity", "spoil"),
    [
        ("qemu", Severity.ERROR, lambda proxy: proxy.paths.remove("/usr/bin/qemu-system-x86_64")),
        ("qemu-img", Severity.ERROR, lambda proxy: proxy.paths.remove("/usr/bin/qemu-img")),
        ("kvm", Severity.WARNING, lambda proxy: proxy.paths.remove("/dev/kvm")),
        ("kvm", Severity.WARNING, hang),
        ("libvirt", Severity.ERROR, lambda proxy: proxy.paths.remove("/run/libvirt/libvirt-sock")),
        ("libvirt", Severity.ERROR, lambda proxy: proxy.refused.add("/run/libvirt/libvirt-sock")),
        ("qemu-driver", Severity.ERROR, lambda proxy: proxy.paths.remove(DRIVER)),
        ("virtlogd", Severity.ERROR, lambda proxy: proxy.paths.remove("/run/libvirt/virtlogd-sock")),
        ("lock-folder", Severity.ERROR, lambda proxy: proxy.paths.remove("/run/lock")),
        ("memory", Severity.WARNING, lambda proxy: setattr(proxy, "meminfo", b"MemAvailable: 1000 kB\n")),
        ("disk-folder", Severity.WARNING, lambda proxy: proxy.forbidden.add("/var/lib")),
        ("disk-folder", Severity.WARNING, lambda proxy: setattr(proxy, "free", 1000)),
    ],
)
def test_what_is_lacking_is_a_finding_with_a_remedy(proxy, code, severity, spoil):
    spoil(proxy)
    found = finding(proxy, code)
    assert found.severity is severity
    assert found.message.endswith((".", "d"))
    assert "\n" not in found.message
    assert found.remedy


def test_a_socket_that_may_not_be_written_asks_for_the_group(proxy):
    proxy.refused.add("/run/libvirt/libvirt-sock")
    proxy.forbidden.add("/run/libvirt/libvirt-sock")
    assert "group 'libvirt'" in finding(proxy, "libvirt").remedy


def test_the_driver_daemon_of_its_own_is_a_libvirt_too(proxy):
    proxy.paths.remove("/run/libvirt/libvirt-sock")
    proxy.paths.add("/run/libvirt/virtqemud-sock")
    assert finding(proxy, "libvirt").severity is Severity.INFO


def test_the_driver_is_found_where_red_hat_has_it(proxy):
    proxy.paths.remove(DRIVER)
    proxy.paths.add("/usr/lib64/libvirt/connection-driver/libvirt_driver_qemu.so")
    assert finding(proxy, "qemu-driver").severity is Severity.INFO


@pytest.mark.parametrize(
    ("conf", "severity"),
    [
        (b'#stdio_handler = "logd"\nstdio_handler = "file"\n', Severity.INFO),
        (b'#stdio_handler = "file"\n', Severity.ERROR),
        (OperationFailed("Permission denied."), Severity.WARNING),
    ],
)
def test_the_log_daemon_is_needed_unless_vms_write_their_logs_themselves(proxy, conf, severity):
    proxy.paths.remove("/run/libvirt/virtlogd-sock")
    proxy.conf = conf
    assert finding(proxy, "virtlogd").severity is severity


def test_red_hats_qemu_is_found_where_it_is(proxy):
    proxy.paths.remove("/usr/bin/qemu-system-x86_64")
    proxy.paths.add("/usr/libexec/qemu-kvm")
    assert "/usr/libexec/qemu-kvm" in finding(proxy, "qemu").message


def test_a_server_that_emulates_is_not_asked_to_prove_kvm(proxy):
    found = finding(proxy, "kvm", accelerator="tcg")
    assert found.severity is Severity.INFO
    assert "was not asked for" in found.message
    assert "sh" not in {argv[0] for argv in proxy.ran}


def test_the_folder_that_the_server_names_is_looked_at(proxy):
    proxy.paths.add("/vms")
    assert finding(proxy, "disk-folder", VM_DISKS_DIR="/vms").message.endswith("for disks in /vms.")


def test_libvirt_with_a_qemu_is_detected(proxy):
    found = detect(proxy)
    assert "/run/libvirt/libvirt-sock" in found.reason
    assert "/usr/bin/qemu-system-x86_64" in found.reason


def test_a_server_with_the_device_is_offered_before_one_without(proxy):
    with_device = detect(proxy)
    proxy.paths.remove("/dev/kvm")
    assert with_device.rank > detect(proxy).rank


def test_without_qemu_nothing_is_detected(proxy):
    proxy.paths.remove("/usr/bin/qemu-system-x86_64")
    assert detect(proxy) is None


def test_a_server_whose_libvirt_does_not_run_is_detected_behind_all_others(proxy):
    proxy.paths.remove("/dev/kvm")
    running = detect(proxy)
    proxy.paths.remove("/run/libvirt/libvirt-sock")
    found = detect(proxy)
    assert found.reason.endswith("but libvirt does not run")
    assert found.rank < running.rank


def test_detection_runs_no_guest(proxy):
    detect(proxy)
    assert {argv[0] for argv in proxy.ran} == {"uname"}
