"""Statistics: what they cost, and what stands where they cannot be read."""

import libvirt
import pytest
from labs.invented_dom0 import WEB

from convirt_core.model import MetricSnapshot, VMMetrics, VMState
from convirt_core.services.rates import fill_rates
from convirt_libvirt.metrics import from_info
from convirt_xen.counters import Counters


class Counted:
    """A running domain of the libxl driver, which counts what it is asked."""

    def __init__(self, xml, error=None):
        self.calls = []
        self.job = libvirt.VIR_DOMAIN_JOB_NONE
        self.number = 3
        self.error = error
        self._xml = xml

    def ID(self):  # noqa: N802  libvirt's name
        return self.number

    def info(self):
        self.calls.append("info")
        return [1, 163840, 153600, 2, 12_200_000_000]

    def jobInfo(self):  # noqa: N802  libvirt's name
        self.calls.append("jobInfo")
        return [self.job]

    def XMLDesc(self, _flags):  # noqa: N802  libvirt's name
        self.calls.append("XMLDesc")
        return self._xml

    def blockStats(self, path):  # noqa: N802  libvirt's name
        self.calls.append(f"blockStats {path}".strip())
        if self.error:
            raise self.error
        return (1, 4096, 0, -1, 0)

    def interfaceStats(self, name):  # noqa: N802  libvirt's name
        self.calls.append(f"interfaceStats {name}")
        if self.error:
            raise self.error
        return (946, 11, 0, 0, 7, 0, 0, 0)


@pytest.fixture
def counters():
    return Counters()


@pytest.fixture
def metrics():
    return VMMetrics(WEB, "web", VMState.UNKNOWN)


def counted(counters, domain):
    """What a next snapshot says of a domain: disks and cards, and all their bytes."""
    now = VMMetrics(WEB, "web", VMState.UNKNOWN)
    counters.fill(domain, now)
    return now.disk_count, now.nic_count, now.read_bytes, now.received_bytes, now.sent_bytes


def test_a_domain_that_libvirt_works_on_is_not_waited_for(sample, counters, metrics):
    domain = Counted(sample("pv-running.xml"))
    domain.job = libvirt.VIR_DOMAIN_JOB_UNBOUNDED
    counters.fill(domain, metrics)
    assert domain.calls == ["info", "jobInfo"]
    assert metrics.memory_bytes == 150 << 20


def test_a_running_domain_costs_four_calls_and_one_for_each_card(sample, counters, metrics):
    domain = Counted(sample("pv-running.xml"))
    counters.fill(domain, metrics)
    assert domain.calls == ["info", "jobInfo", "XMLDesc", "blockStats", "interfaceStats vif3.0"]
    assert (metrics.cpu_seconds, metrics.vcpus, metrics.memory_bytes) == (12.2, 2, 150 << 20)
    assert (metrics.disk_count, metrics.read_bytes, metrics.written_bytes) == (1, 4096, 0)
    assert (metrics.nic_count, metrics.received_bytes, metrics.sent_bytes) == (1, 946, 7)


def error_of(code) -> libvirt.libvirtError:
    error = libvirt.libvirtError("call failed")
    error.err = (code, libvirt.VIR_FROM_LIBXL, "no", libvirt.VIR_ERR_ERROR, "", "", "", 0, 0)
    return error


def test_a_disk_whose_backend_does_not_count_costs_nothing_else(sample, counters, metrics):
    counters.fill(Counted(sample("pv-running.xml"), error_of(libvirt.VIR_ERR_INTERNAL_ERROR)), metrics)
    assert (metrics.read_bytes, metrics.memory_bytes) == (0, 150 << 20)


def test_while_libvirt_works_on_a_domain_its_last_counters_stand(sample, counters):
    domain = Counted(sample("pv-running.xml"))
    before = counted(counters, domain)
    domain.job = libvirt.VIR_DOMAIN_JOB_UNBOUNDED
    assert counted(counters, domain) == before == (1, 1, 4096, 946, 7)


def test_a_counter_that_cannot_be_read_for_once_stands(sample, counters):
    domain = Counted(sample("pv-running.xml"))
    before = counted(counters, domain)
    domain.error = error_of(libvirt.VIR_ERR_INTERNAL_ERROR)
    assert counted(counters, domain) == before


def test_a_new_run_begins_without_counters(sample, counters):
    domain = Counted(sample("pv-running.xml"))
    counted(counters, domain)
    domain.number, domain.job = 4, libvirt.VIR_DOMAIN_JOB_UNBOUNDED
    assert counted(counters, domain) == (0, 0, 0, 0, 0)


def rates_of(counters, domain, name, states):
    """What three snapshots say of a rate, before each of which the domain is changed."""
    seen = []
    for state in states:
        vars(domain).update(state)
        vm = VMMetrics(WEB, "web", VMState.UNKNOWN)
        counters.fill(domain, vm)
        seen.append(MetricSnapshot(10.0 * len(seen), 4, 1 << 30, vms=[vm]))
        fill_rates(seen[-1], seen[-2] if seen[1:] else None)
    return [getattr(each.vms[0], name) for each in seen]


@pytest.mark.parametrize("name", ["received_bytes_per_second", "read_bytes_per_second"])
def test_a_domain_that_libvirt_works_on_when_it_is_first_seen_makes_no_leap(sample, counters, name):
    jobs = [{"job": libvirt.VIR_DOMAIN_JOB_UNBOUNDED}, *[{"job": libvirt.VIR_DOMAIN_JOB_NONE}] * 2]
    assert rates_of(counters, Counted(sample("pv-running.xml")), name, jobs) == [None, None, 0.0]


@pytest.mark.parametrize("name", ["received_bytes_per_second", "read_bytes_per_second"])
def test_a_device_whose_first_reading_fails_makes_no_leap(sample, counters, name):
    errors = [{"error": error_of(libvirt.VIR_ERR_INTERNAL_ERROR)}, *[{"error": None}] * 2]
    assert rates_of(counters, Counted(sample("pv-running.xml")), name, errors) == [None, None, 0.0]


def test_a_disk_that_has_come_while_the_disks_could_not_be_read_makes_no_leap(sample, counters):
    one = sample("pv-running.xml")
    disk = one[one.index("<disk") : one.index("</disk>") + len("</disk>")]
    two = one.replace(disk, disk + disk.replace("xvda", "xvdb"))
    error = error_of(libvirt.VIR_ERR_INTERNAL_ERROR)
    states = [{}, {"_xml": two, "error": error}, {"error": None}]
    assert rates_of(counters, Counted(one), "read_bytes_per_second", states) == [None, 0.0, None]


def test_of_a_domain_that_has_stopped_nothing_is_remembered(sample, counters):
    domain = Counted(sample("pv-running.xml"))
    counted(counters, domain)
    counters.fill(domain, VMMetrics(WEB, "web", VMState.STOPPED))
    domain.job = libvirt.VIR_DOMAIN_JOB_UNBOUNDED
    assert counted(counters, domain) == (0, 0, 0, 0, 0)


def test_of_a_vm_that_is_gone_nothing_is_remembered(sample, vnode, monkeypatch):
    domain, gone = Counted(sample("pv-running.xml")), VMMetrics("gone", "gone", VMState.UNKNOWN)
    vnode.fill_metrics(domain, gone)
    monkeypatch.setattr(Counters, "fill", lambda _, domain, metrics: from_info(domain, metrics))
    vnode.metric_snapshot()
    monkeypatch.undo()
    domain.job, now = libvirt.VIR_DOMAIN_JOB_UNBOUNDED, VMMetrics("gone", "gone", VMState.UNKNOWN)
    vnode.fill_metrics(domain, now)
    assert (gone.read_bytes, now.read_bytes) == (4096, 0)


def test_what_was_counted_before_a_connection_was_made_anew_is_forgotten(sample, vnode):
    domain = Counted(sample("pv-running.xml"))
    vnode.fill_metrics(domain, VMMetrics(WEB, "web", VMState.UNKNOWN))
    vnode.connect()
    domain.job = libvirt.VIR_DOMAIN_JOB_UNBOUNDED  # and a host that was restarted has a run of the same number
    now = VMMetrics(WEB, "web", VMState.UNKNOWN)
    vnode.fill_metrics(domain, now)
    assert now.read_bytes == 0


def test_domain_0_counts_in_no_statistics(vnode, monkeypatch):
    monkeypatch.setattr(Counters, "fill", lambda _, domain, metrics: from_info(domain, metrics))
    assert {vm.name for vm in vnode.metric_snapshot().vms} == {"web", "db"}


def test_a_vm_that_vanishes_between_two_calls_is_left_out(vnode, monkeypatch):
    def vanish(_, domain, metrics):
        if metrics.name == "web":
            raise error_of(libvirt.VIR_ERR_NO_DOMAIN)
        from_info(domain, metrics)

    monkeypatch.setattr(Counters, "fill", vanish)
    assert {vm.name for vm in vnode.metric_snapshot().vms} == {"db"}
