"""A server's domains: libvirt's, made of its test driver here, and what xl says beside them."""

import json
from contextlib import contextmanager
from types import SimpleNamespace

import libvirt
import pytest

from convirt_core.errors import Busy, NotFound, OperationFailed
from convirt_core.model import (
    Capability,
    Disk,
    EventKind,
    ManagedNode,
    MetricSnapshot,
    MigrationOptions,
    VMMetrics,
    VMState,
)
from convirt_core.platforms import CommandResult
from convirt_core.services.migration.places import Place, Sight, place_of_running, sight_of
from convirt_core.services.rates import fill_rates
from convirt_libvirt.counters import Counters
from convirt_libvirt.metrics import from_info
from convirt_libvirt.migration.parameters import flags_of
from convirt_libvirt.vmm import LibvirtVMM
from convirt_libvirt.vnode import LibvirtVNode
from convirt_xen.events import XenEvents
from convirt_xen.information import server_section
from convirt_xen.vm import DOMAIN_0
from convirt_xen.vmm import XenVMM
from convirt_xen.vnode import XenVNode

WEB, DB, HAND = (f"0000000{number}-0000-4000-8000-000000000000" for number in (1, 2, 3))
DOMAIN = "<domain type='test'><name>{}</name><uuid>{}</uuid><memory>131072</memory><os><type>hvm</type></os></domain>"
TABLE = "Name ID Mem VCPUs State Time(s)\n"
LOG = "/var/log/libvirt/libxl/libxl-driver.log"


def holds(proxy, *held) -> None:
    """Have `xl` say this of (id, key, name, kind, letters)."""
    rows = "".join(f"{name} {number} 64 1 {letters} 0.1\n" for number, _, name, _, letters in held)
    entries = [
        {"domid": n, "config": {"c_info": {"type": kind, "name": name, "uuid": key}, "b_info": {"max_memkb": 131072}}}
        for n, key, name, kind, _ in held
    ]
    proxy.table = CommandResult((), 0, (TABLE + rows).encode(), b"")
    proxy.domains = CommandResult((), 0, json.dumps(entries, indent=4).encode(), b"")


@pytest.fixture
def vnode(tmp_path, proxy, session):
    """A connected server with domain 0 and the VMs `web`, a PV guest, and `db`."""
    names = (("Domain-0", DOMAIN_0), ("web", WEB), ("db", DB))
    path = tmp_path / "host.xml"
    path.write_text(f"<node>{''.join(DOMAIN.format(*each) for each in names)}</node>")
    holds(proxy, (2, WEB, "web", "pv", "-b----"), (5, HAND, "hand", "pvh", "--p---"))
    vnode = XenVNode(ManagedNode("id1", "dom0", "xen", options={"uri": f"test://{path}"}), session)
    vnode.connect()
    works_on(vnode)  # of jobs the test driver says nothing
    yield vnode
    vnode.close()


@pytest.fixture
def vmm(vnode) -> XenVMM:
    return XenVMM(vnode)


def listed(vnode, name):
    return next(vm for vm in vnode.vms() if vm.name == name)


def works_on(vnode, *keys):
    """Have libvirt work on these VMs at this moment."""
    vnode.is_worked_on = lambda key: key in keys


def test_a_domain_that_xl_made_is_shown_with_state_and_memory(vnode):
    hand = listed(vnode, "hand")
    assert (hand.key, hand.state, hand.id, hand.memory_bytes) == (HAND, VMState.PAUSED, 5, 64 << 20)
    assert (hand.persistent, hand.kind) == (False, "pvh")
    assert vnode.vm(HAND).state is VMState.PAUSED


@pytest.mark.parametrize("capability", Capability)
def test_nothing_is_done_to_a_domain_that_xl_made(vnode, capability):
    reason = listed(vnode, "hand").refusal(capability)
    assert not reason.supported
    assert "xl" in reason.remedy


def test_the_running_side_of_a_domain_that_xl_made_is_shown(vmm):
    info = vmm.info(HAND)
    assert (info["name"], info["memory"], info["maxmem"], info["state"]) == ("hand", 64, 128, "paused")


def test_a_listing_runs_one_command_while_nothing_starts(vnode, proxy):
    vnode.vms()
    proxy.ran.clear()
    vnode.vms()
    assert len(proxy.ran) == 1


def test_what_nobody_holds_is_not_found(vnode):
    with pytest.raises(NotFound, match="dom0 has no VM"):
        vnode.vm("00000009-0000-4000-8000-000000000000")


@pytest.mark.parametrize("capability", sorted(set(Capability) - {Capability.EVENTS}))
def test_domain_0_is_left_alone(vnode, capability):
    for own in (listed(vnode, "Domain-0"), vnode.vm(DOMAIN_0)):
        assert own.protected
        assert "server's own domain" in own.refusal(capability).message


@pytest.mark.parametrize("name", ["hand", "Domain-0"])
def test_what_is_refused_is_called_by_its_words(vnode, name):
    assert "live migration" in listed(vnode, name).refusal(Capability.MIGRATE_LIVE).message


def test_domain_0_counts_in_no_statistics(vnode, monkeypatch):
    monkeypatch.setattr(Counters, "fill", lambda _, domain, metrics: from_info(domain, metrics))
    assert {vm.name for vm in vnode.metric_snapshot().vms} == {"web", "db"}


def test_a_pv_guest_moves_running_only_where_xen_can_log_what_it_changes(vnode, proxy):
    refused = listed(vnode, "web").refusal(Capability.MIGRATE_LIVE)
    assert not refused.supported
    assert "PV guest" in refused.message
    for info in (b"virt_caps : pv hvm hap shadow", b""):
        proxy.info = CommandResult((), 0, info, b"")
        vnode.connect()
        assert listed(vnode, "web").refusal(Capability.MIGRATE_LIVE) is None


def test_a_screen_needs_a_qemu_in_domain_0(vnode, proxy, session):
    assert Capability.GRAPHICAL_CONSOLE not in vnode.capabilities
    handle = SimpleNamespace(getCapabilities=lambda: "<emulator>/usr/lib/xen/bin/qemu-system-i386</emulator>")
    connection = SimpleNamespace(asking=vnode.connection.asking, handle=handle)
    assert Capability.GRAPHICAL_CONSOLE not in vnode.probe(connection)
    proxy.files["/usr/lib/xen/bin/qemu-system-i386"] = ""
    assert Capability.GRAPHICAL_CONSOLE in vnode.probe(connection)


def test_a_server_is_known_by_the_uuid_of_its_firmware(vnode, proxy):
    assert vnode.host_uuid() == ""
    proxy.files["/sys/class/dmi/id/product_uuid"] = f"{WEB.upper()}\n"
    assert vnode.host_uuid() == WEB


def test_information_on_a_server_says_what_domain_0_has_of_it(vnode):
    values = server_section(vnode).as_dict()
    assert (values["xen_version"], values["xen_scheduler"]) == ("4.17.7", "credit2")
    assert values["domain_0_memory_bytes"] == 128 << 20


# reboots


def test_a_vm_between_two_runs_is_not_reported_as_stopped(vnode, vmm):
    vmm.kill(WEB)
    works_on(vnode, WEB)
    for vm in (vnode.vm(WEB), listed(vnode, "web")):
        assert (vm.state, vm.reason) == (VMState.STOPPING, "restarting")
        assert vm.refusal(Capability.KILL) is None
        assert vm.refusal(Capability.START)


def test_a_vm_that_nobody_works_on_any_more_is_stopped(vnode, vmm):
    vmm.kill(WEB)
    assert vnode.vm(WEB).state is VMState.STOPPED
    assert listed(vnode, "web").state is VMState.STOPPED


def test_a_vm_whose_new_run_has_begun_since_it_was_read_runs(vnode, vmm):
    def begin(key):
        vmm.start(key)
        return False

    vmm.kill(WEB)
    vnode.is_worked_on = begin
    assert vnode.vm(WEB).state is VMState.RUNNING


def test_a_vm_between_two_runs_ends_before_it_is_removed(vnode, vmm):
    works_on(vnode, WEB)
    vmm.remove(WEB)
    with pytest.raises(NotFound):
        vnode.connection.find(WEB)


@pytest.fixture
def busy_at_first(monkeypatch):
    """Have libvirt begin a guest's next run for longer than it lets a kill wait, once."""
    kill, tries = LibvirtVMM.kill, []

    def wait_in_vain(vmm, key):
        tries.append(key)
        if len(tries) == 1:
            raise Busy("libvirt works on web.")
        kill(vmm, key)

    monkeypatch.setattr(LibvirtVMM, "kill", wait_in_vain)


@pytest.mark.usefixtures("busy_at_first")
def test_a_guest_whose_next_run_takes_longer_than_libvirt_lets_others_wait_is_killed(vnode, vmm):
    vmm.kill(WEB)
    assert vnode.vm(WEB).state is VMState.STOPPED


@pytest.mark.usefixtures("busy_at_first")
def test_a_guest_whose_next_run_takes_longer_than_libvirt_lets_others_wait_is_removed(vnode, vmm):
    works_on(vnode, WEB)
    vmm.remove(WEB)
    with pytest.raises(NotFound):
        vnode.connection.find(WEB)


def test_one_that_has_ended_by_itself_when_it_is_removed_is_removed(vnode, vmm):
    vmm.kill(WEB)
    works_on(vnode, WEB)
    assert vnode.vm(WEB).refusal(Capability.REMOVE) is None
    vmm.remove(WEB)
    with pytest.raises(NotFound):
        vnode.connection.find(WEB)


def test_a_reboot_is_done_when_a_new_run_is_seen(vnode, vmm):
    before = vnode.vm(WEB)
    now = vnode.vm(WEB)
    now.boots = before.boots + 1  # libvirt told of a start, and the old run still reads running
    assert vmm.is_done(Capability.REBOOT, before, now) is False
    now.id = before.id + 1
    assert vmm.is_done(Capability.REBOOT, before, now) is True
    now.state = VMState.STOPPING
    assert vmm.is_done(Capability.REBOOT, before, now) is False


@pytest.mark.parametrize("capability", [Capability.SHUTDOWN, Capability.KILL])
def test_whether_a_guest_has_ended_is_asked_without_ending_it(vnode, vmm, capability):
    before, now = vnode.vm(WEB), vnode.vm(WEB)
    now.id = before.id + 1
    assert vmm.is_done(capability, before, now) is None
    assert vnode.vm(WEB).state is VMState.RUNNING


class Run:
    """A domain as an event names it."""

    def __init__(self, number):
        self._number = number

    def UUIDString(self):  # noqa: N802  libvirt's name
        return WEB

    def ID(self):  # noqa: N802  libvirt's name
        return self._number


STARTED, STOPPED = libvirt.VIR_DOMAIN_EVENT_STARTED, libvirt.VIR_DOMAIN_EVENT_STOPPED


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        ([(STARTED, 6), (STOPPED, 5)], [(EventKind.STATE, "running"), (EventKind.REBOOT, "running")]),
        ([(STARTED, 6), (STOPPED, 6)], [(EventKind.STATE, "running"), (EventKind.STATE, "stopped")]),
        ([(STARTED, 6), (STOPPED, -1)], [(EventKind.STATE, "running"), (EventKind.STATE, "stopped")]),
        ([(STOPPED, 5)], [(EventKind.STATE, "stopped")]),
    ],
)
def test_the_end_of_an_older_run_is_told_as_the_reboot_that_it_is(told, heard):
    events, seen = XenEvents("id1"), []
    events.subscribe(lambda event: seen.append((event.kind, event.state)))
    for event, number in told:
        events._on_lifecycle(None, Run(number), event, 0, None)
    assert seen == heard


def test_the_runs_of_a_host_that_was_restarted_since_are_forgotten():
    events, seen = XenEvents("id1"), []
    connection = SimpleNamespace(listen=lambda _kind, _callback: None)
    events.subscribe(lambda event: seen.append((event.kind, event.state)))
    events.listen_to(connection)
    events._on_lifecycle(None, Run(40), STARTED, 0, None)
    boots = events.boots[WEB]
    events.listen_to(connection)
    events._on_lifecycle(None, Run(3), STOPPED, 0, None)
    assert seen[-1] == (EventKind.STATE, VMState.STOPPED)
    assert events.boots[WEB] == boots


def test_who_is_asked_to_shut_down_between_two_runs_is_asked_later(vnode, vmm):
    vmm.kill(WEB)
    works_on(vnode, WEB)
    vmm.shutdown(WEB)
    works_on(vnode)
    with pytest.raises(OperationFailed, match="not running"):
        vmm.shutdown(WEB)


def test_who_begins_a_new_run_while_it_is_asked_to_shut_down_is_asked_later(vnode, vmm):
    @contextmanager
    def reboot(_key, _verb):
        vmm.kill(WEB)
        vmm.start(WEB)
        raise OperationFailed("Failed to shutdown domain '2' with libxenlight.")
        yield

    real, vmm.changing_slowly = vmm.changing_slowly, reboot
    vmm.kill = vmm.start = lambda _key: None
    with pytest.raises(OperationFailed):
        vmm.shutdown(WEB)

    def restart(key):
        with real(key, "restart") as domain:
            domain.destroy()
            domain.create()

    vmm.kill = restart
    vmm.shutdown(WEB)


def test_a_domain_that_xen_has_just_let_go_fails_no_listing(vnode, monkeypatch):
    failing = [OperationFailed("libxl_domain_info failed for domain '5'")] * 2
    monkeypatch.setattr("time.sleep", lambda _: None)
    real = LibvirtVNode.vms

    def vms(self):
        if failing:
            raise failing.pop()
        return real(self)

    monkeypatch.setattr(LibvirtVNode, "vms", vms)
    assert listed(vnode, "web").state is VMState.RUNNING


def test_a_vm_that_is_removed_while_all_are_listed_is_left_out(vnode, vmm):
    vmm.kill(WEB)

    def vanish(key):
        vmm.release(key)
        vnode.connection.find(key)

    vnode.is_worked_on = vanish
    assert {vm.name for vm in vnode.vms()} == {"Domain-0", "db", "hand"}


def test_a_second_look_at_a_vm_is_repeated_where_the_driver_fails(vnode, vmm, monkeypatch):
    vmm.kill(WEB)
    failing = [OperationFailed("libxl_domain_info failed for domain '5'")]
    monkeypatch.setattr("time.sleep", lambda _: None)
    real = LibvirtVNode.vm

    def vm(self, key):
        if failing:
            raise failing.pop()
        return real(self, key)

    monkeypatch.setattr(LibvirtVNode, "vm", vm)
    assert listed(vnode, "web").state is VMState.STOPPED
    assert not failing


class Job:
    """A domain that libvirt works on, or not."""

    def __init__(self, kind):
        self._kind = kind

    def name(self):
        return "web"

    def jobInfo(self):  # noqa: N802  libvirt's name
        return [self._kind]


@pytest.mark.parametrize(
    ("kind", "busy"), [(libvirt.VIR_DOMAIN_JOB_NONE, False), (libvirt.VIR_DOMAIN_JOB_UNBOUNDED, True)]
)
def test_libvirt_says_whether_it_works_on_a_domain(vnode, kind, busy):
    del vnode.is_worked_on
    vnode.connection.find = lambda _key: Job(kind)
    assert vnode.is_worked_on(WEB) is busy


def test_a_migration_asks_for_no_more_than_the_driver_knows():
    asked = XenVMM.migration_flags & flags_of(MigrationOptions(shared_storage=True), persistent=True)
    assert asked & libvirt.VIR_MIGRATE_LIVE
    assert asked & libvirt.VIR_MIGRATE_UNDEFINE_SOURCE
    assert not asked & (libvirt.VIR_MIGRATE_ABORT_ON_ERROR | libvirt.VIR_MIGRATE_UNSAFE)


def test_a_guest_that_libvirt_works_on_may_be_on_its_way(vnode, vmm):
    assert not vmm.is_migrating(WEB)
    works_on(vnode, WEB)
    assert vmm.is_migrating(WEB)


def test_a_migration_that_goes_on_cannot_be_ended_and_that_is_said(vnode, vmm):
    vmm.stop_migration(WEB)  # there is none
    works_on(vnode, WEB)
    with pytest.raises(OperationFailed, match="migration of web cannot be ended") as caught:
        vmm.stop_migration(WEB)
    assert caught.value.remedy


def test_where_a_guest_is_that_goes_on_after_its_call_was_given_up_is_not_decided(vnode, vmm):
    works_on(vnode, WEB)
    server = SimpleNamespace(call=lambda see, deadline_seconds: see(vnode, vmm))
    assert place_of_running(sight_of(server, WEB), Sight()) is Place.UNDECIDED


# starts


def refusing(vnode, proxy, *lines):
    """Have libvirt refuse every start, and write these lines."""

    def fail(_key, _verb):
        proxy.files[LOG] += "".join(f"2026-11-22 05:27:33.123+0000: {line}\n" for line in lines)
        raise OperationFailed("Cannot start web on dom0: libxenlight failed to create new domain 'web'.")

    return fail


def test_a_failed_start_says_xens_reason_of_this_start_alone(vnode, vmm, proxy):
    vmm.kill(WEB)
    holds(proxy)
    proxy.files[LOG] = "2026-11-22 05:00:00.000+0000: xc: an older reason\n"
    vmm.changing_slowly = refusing(
        *(vnode, proxy, "xc: error: xg_dom_core.c:50:xc_dom_kernel: cannot open /boot/nope: No such file"),
        *("libxl: libxl_dom.c:638:libxl__build_dom: cannot load the kernel", "libxl: third", "libxl: fourth"),
    )
    with pytest.raises(OperationFailed, match="cannot open /boot/nope: No such file; cannot load the") as caught:
        vmm.start(WEB)
    assert "older" not in caught.value.message
    assert "fourth" not in caught.value.message
    assert caught.value.remedy


def test_a_log_that_was_begun_anew_is_read_from_its_beginning(vnode, vmm, proxy):
    holds(proxy)
    proxy.files[LOG] = "x" * 1000
    refuse = refusing(vnode, proxy, "libxl: the reason")

    def rotate(key, verb):
        proxy.files[LOG] = ""
        refuse(key, verb)

    vmm.changing_slowly = rotate
    with pytest.raises(OperationFailed, match="'web': the reason"):
        vmm.start(WEB)


def test_without_a_log_a_failed_start_says_what_libvirt_said(vnode, vmm, proxy):
    holds(proxy)
    vmm.changing_slowly = refusing(vnode, proxy)
    with pytest.raises(OperationFailed, match=r"failed to create new domain 'web'\.$"):
        vmm.start(WEB)


def test_a_half_domain_of_a_start_that_was_cut_off_is_named_with_the_command_that_removes_it(vnode, vmm, proxy):
    vmm.changing_slowly = refusing(vnode, proxy, "libxl: Domain with name web already exists")
    proxy.all_domains = CommandResult((), 0, f"Name …\nthe web  2  0  0  --p---  0.0 {WEB}  -  -\n".encode(), b"")
    with pytest.raises(OperationFailed, match=r"name web already exists\. Xen holds a domain of this VM") as caught:
        vmm.start(WEB)
    assert "'xl destroy 2'" in caught.value.remedy


def test_a_half_domain_that_is_dying_is_no_cause_and_xens_reason_is(vnode, vmm, proxy):
    vmm.changing_slowly = refusing(vnode, proxy, "libxl: the reason")
    proxy.all_domains = CommandResult((), 0, f"Name …\nweb  2  0  0  --ps-d  0.0 {WEB}  -  -\n".encode(), b"")
    with pytest.raises(OperationFailed, match=r"'web': the reason\.$"):
        vmm.start(WEB)


@pytest.mark.parametrize(
    ("target", "device", "is_told"),
    [
        *(("xvdb", 51728, True), ("xvdp", 51952, True), ("xvda", 51728, False)),
        *((target, 51712, False) for target in ("hda", "sda", "xvdaa", "xvdq")),
    ],
)
def test_a_disk_of_an_attach_that_was_cut_off_is_named_with_the_command_that_removes_it(
    vnode, vmm, proxy, target, device, is_told
):
    vmm.changing_slowly = refusing(vnode, proxy)
    proxy.disks = CommandResult((), 0, f"Vdev  BE  handle state\n{device} 0   2     4\n".encode(), b"")
    with pytest.raises(OperationFailed, match="libxenlight failed") as caught:
        vmm.attach_disk(WEB, Disk(target, "/a", format="raw"), live=True, stored=False)
    assert ("xl block-detach" in caught.value.remedy) is is_told


def test_a_saved_file_says_whose_memory_it_holds(vmm, proxy):
    proxy.files["/a.save"] = f"libvirt-xml\n \0 \r{'':48}<domain><uuid>{WEB}</uuid></domain>"
    assert vmm.saved_key("/a.save") == WEB


@pytest.mark.parametrize("content", ["", "LibvirtQemudSave", f"LibvirtQemud<uuid>{WEB}</uuid>", "libvirt-xml\n"])
def test_another_file_holds_no_vm(vmm, proxy, content):
    proxy.files["/a.save"] = content
    with pytest.raises(OperationFailed, match=r"/a\.save holds no VM"):
        vmm.saved_key("/a.save")


# statistics


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
    assert (metrics.read_bytes, metrics.received_bytes) == (0, 946)


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


def test_a_domain_that_libvirt_works_on_when_it_is_first_seen_makes_no_leap(sample, counters):
    domain, seen = Counted(sample("pv-running.xml")), []
    for job in (libvirt.VIR_DOMAIN_JOB_UNBOUNDED, *[libvirt.VIR_DOMAIN_JOB_NONE] * 2):
        vm = VMMetrics(WEB, "web", VMState.UNKNOWN)
        domain.job = job
        counters.fill(domain, vm)
        seen.append(MetricSnapshot(10.0 * len(seen), 4, 1 << 30, vms=[vm]))
        fill_rates(seen[-1], seen[-2] if seen[1:] else None)
    assert [each.vms[0].received_bytes_per_second for each in seen] == [None, None, 0.0]
    assert [each.vms[0].read_bytes_per_second for each in seen] == [None, None, 0.0]


def test_a_vm_that_vanishes_between_two_calls_is_left_out(vnode, monkeypatch):
    def vanish(_, domain, metrics):
        if metrics.name == "web":
            raise error_of(libvirt.VIR_ERR_NO_DOMAIN)
        from_info(domain, metrics)

    monkeypatch.setattr(Counters, "fill", vanish)
    assert {vm.name for vm in vnode.metric_snapshot().vms} == {"db"}
