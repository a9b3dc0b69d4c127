"""Whether a server is a Xen's domain 0, and what it lacks to be a good one."""

import pytest

from convirt_core.model import Severity
from convirt_core.platforms import CommandResult
from convirt_core.testing.bare_machine import BareMachine
from convirt_xen.detection import detect
from convirt_xen.prerequisites import check_all

DRIVER = "/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_libxl.so"


def finding(proxy, code, **options):
    return next(found for found in check_all(proxy, options) if found.code == code)


def test_domain_0_is_found(proxy):
    assert detect(proxy).reason == "it is the domain 0 of a Xen"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda files: files.update({"/proc/xen/capabilities": ""}),
        lambda files: files.pop("/proc/xen/capabilities"),
        lambda files: files.pop("/sys/hypervisor/type"),
        lambda files: files.clear(),
    ],
)
def test_neither_a_guest_of_xens_nor_any_other_machine_is_taken_for_domain_0(proxy, spoil):
    spoil(proxy.files)
    assert detect(proxy) is None


def test_a_server_that_has_all_is_told_so_piece_by_piece(proxy):
    findings = check_all(proxy, {})
    assert {found.severity for found in findings} == {Severity.INFO}
    assert len({found.code for found in findings}) == len(findings) == 7
    assert finding(proxy, "toolstack").message == "xl answers; Xen is 4.17.7."


def no_xl(proxy):
    proxy.info = CommandResult((), 127, b"", b"sh: xl: not found")


def deaf_xl(proxy):
    proxy.info = CommandResult((), 1, b"", b"xencall: error\nlibxl: cannot init xl context")


def not_root(proxy):
    deaf_xl(proxy)
    proxy.user = b"1000\n"


@pytest.mark.parametrize(
    ("code", "severity", "spoil"),
    [
        ("domain-0", Severity.ERROR, lambda proxy: proxy.files.pop("/sys/hypervisor/type")),
        ("domain-0", Severity.ERROR, lambda proxy: proxy.files.pop("/proc/xen/capabilities")),
        ("toolstack", Severity.ERROR, no_xl),
        ("toolstack", Severity.ERROR, deaf_xl),
        ("rights", Severity.WARNING, not_root),
        ("libvirt", Severity.ERROR, lambda proxy: proxy.files.pop("/run/libvirt/libvirt-sock")),
        ("libxl-driver", Severity.ERROR, lambda proxy: proxy.files.pop(DRIVER)),
        ("lock-folder", Severity.ERROR, lambda proxy: proxy.files.pop("/run/lock")),
        ("disk-folder", Severity.WARNING, lambda proxy: setattr(proxy, "free", 1000)),
    ],
)
def test_what_is_lacking_is_a_finding_with_a_remedy(proxy, code, severity, spoil):
    spoil(proxy)
    found = finding(proxy, code)
    assert found.severity is severity
    assert found.message.endswith(".")
    assert found.remedy


def test_who_may_not_use_xl_is_warned_and_can_work_all_the_same(proxy):
    not_root(proxy)
    assert [found.code for found in check_all(proxy, {}) if found.severity is not Severity.INFO] == ["rights"]
    assert finding(proxy, "toolstack").message == "There is an xl, which this user may not ask."


def test_who_is_not_root_is_told_as_well_that_there_is_no_xl(proxy):
    no_xl(proxy)
    proxy.user = b"1000\n"
    assert finding(proxy, "toolstack").severity is Severity.ERROR


def test_a_machine_without_any_program_gets_findings_and_no_exception():
    assert detect(BareMachine()) is None
    assert finding(BareMachine(), "toolstack").severity is Severity.ERROR


def test_a_machine_without_anything_gets_findings_and_no_exception(proxy):
    proxy.files = {"/": ""}
    no_xl(proxy)
    assert {found.code for found in check_all(proxy, {}) if found.severity is Severity.ERROR} >= {
        *("domain-0", "toolstack", "libvirt", "libxl-driver"),
    }
