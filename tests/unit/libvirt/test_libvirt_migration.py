"""What libvirt is told about a migration, and what is made of its answers."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import libvirt
import pytest

from convirt_core.errors import Cancelled, NotFound, OperationFailed, OutcomeUnknown, Refused, ServerUnavailable
from convirt_core.model import ManagedNode, MigrationOptions, MigrationProgress
from convirt_core.platforms import CommandResult
from convirt_libvirt.domain import LibvirtConfig
from convirt_libvirt.migration import moving, routes
from convirt_libvirt.migration.jobs import progress_of
from convirt_libvirt.migration.moving import Moving
from convirt_libvirt.migration.parameters import flags_of, parameters_of
from convirt_libvirt.migration.refusals import known_refusal

# -- flags and parameters ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "flag"),
    [
        (MigrationOptions(copied_disks=("vda",)), libvirt.VIR_MIGRATE_NON_SHARED_DISK),
        (MigrationOptions(shared_storage=True), libvirt.VIR_MIGRATE_UNSAFE),
        (MigrationOptions(compress=True), libvirt.VIR_MIGRATE_COMPRESSED),
        (MigrationOptions(auto_converge=True), libvirt.VIR_MIGRATE_AUTO_CONVERGE),
        (MigrationOptions(post_copy=True), libvirt.VIR_MIGRATE_POSTCOPY),
    ],
)
def test_each_wish_is_a_flag_that_is_absent_without_it(options: MigrationOptions, flag: int) -> None:
    assert flags_of(options, persistent=True) & flag
    assert not flags_of(MigrationOptions(), persistent=True) & flag


@pytest.mark.parametrize(("direct", "peer_to_peer"), [(True, False), (False, True)])
def test_the_source_leads_unless_it_is_direct(direct: bool, peer_to_peer: bool) -> None:
    flags = flags_of(MigrationOptions(direct=direct), persistent=True)
    assert bool(flags & libvirt.VIR_MIGRATE_PEER2PEER) is peer_to_peer


def test_a_definition_moves_and_leaves_no_copy() -> None:
    both = libvirt.VIR_MIGRATE_PERSIST_DEST | libvirt.VIR_MIGRATE_UNDEFINE_SOURCE
    assert flags_of(MigrationOptions(), persistent=True) & both == both
    assert not flags_of(MigrationOptions(), persistent=False) & both


@pytest.mark.parametrize(("asked", "told"), [(1, 1), (50 << 20, 50), ((3 << 20) + 5, 3)])
def test_bandwidth_is_told_in_whole_mebibytes_and_never_as_unlimited(asked: int, told: int) -> None:
    parameters = parameters_of(MigrationOptions(bandwidth_bytes_per_second=asked), address="")
    assert parameters == {libvirt.VIR_MIGRATE_PARAM_BANDWIDTH: told}


def test_without_wishes_nothing_is_told() -> None:
    assert parameters_of(MigrationOptions(), address="") == {}


def test_only_the_disks_to_copy_are_named() -> None:
    parameters = parameters_of(MigrationOptions(copied_disks=("vda", "vdb")), address="10.0.0.2")
    assert parameters[libvirt.VIR_MIGRATE_PARAM_MIGRATE_DISKS] == ["vda", "vdb"]
    assert parameters[libvirt.VIR_MIGRATE_PARAM_URI] == "tcp://10.0.0.2"


def test_early_statistics_say_that_nothing_is_known() -> None:
    assert progress_of({"time_elapsed": 5}).fraction is None


# -- the call and who looks at it --------------------------------------------------------------------------------------


class Domain:
    """A domain with a job."""

    def __init__(self) -> None:
        self.aborted = threading.Event()
        self.post_copies = 0
        self.stats: dict[str, int] = {"memory_total": 100, "memory_remaining": 60}

    def name(self) -> str:
        return "web1"

    def jobStats(self, _flags: int) -> dict[str, int]:  # noqa: N802  libvirt's name
        return self.stats

    def abortJob(self) -> None:  # noqa: N802
        self.aborted.set()

    def migrateStartPostCopy(self, _flags: int) -> None:  # noqa: N802
        self.post_copies += 1


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "LOOK_SECONDS", 0.01)


def test_the_caller_hears_how_far_it_is() -> None:
    heard: list[MigrationProgress] = []
    Moving(Domain(), lambda: time.sleep(0.1), post_copy=False).run(heard.append)
    assert heard[-1].memory_remaining_bytes == 60


def test_what_the_call_raises_is_the_callers() -> None:
    def fail() -> None:
        raise OperationFailed("No.")

    with pytest.raises(OperationFailed, match="No"):
        Moving(Domain(), fail, post_copy=False).run(lambda _: None)


def test_a_listener_that_raises_aborts_the_job_and_waits_for_its_end() -> None:
    domain, ended = Domain(), threading.Event()

    def move() -> None:
        domain.aborted.wait(5)
        ended.set()
        raise Cancelled("aborted")

    def refuse(_: MigrationProgress) -> None:
        raise Cancelled("Somebody asked.")

    with pytest.raises(Cancelled, match="Somebody asked"):
        Moving(domain, move, post_copy=False).run(refuse)
    assert ended.is_set()


def test_one_that_arrived_before_it_could_be_aborted_is_done() -> None:
    domain = Domain()

    def refuse(_: MigrationProgress) -> None:
        raise Cancelled("Somebody asked.")

    Moving(domain, lambda: domain.aborted.wait(5) and None, post_copy=False).run(refuse)


def test_one_that_does_not_end_has_an_unknown_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "ABORT_SECONDS", 0.05)
    over = threading.Event()

    def refuse(_: MigrationProgress) -> None:
        raise Cancelled("Somebody asked.")

    with pytest.raises(OutcomeUnknown, match="does not end"):
        Moving(Domain(), lambda: over.wait(5) and None, post_copy=False).run(refuse)
    over.set()


def test_the_caller_goes_on_while_libvirt_hangs_and_waits_little_for_it_to_abort(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moving, "ANSWER_SECONDS", 0.05)
    over = threading.Event()

    class Hung(Domain):
        """A domain of which libvirtd answers nothing."""

        def jobStats(self, _flags: int) -> dict[str, int]:  # noqa: N802  libvirt's name
            over.wait(5)
            return {}

        def abortJob(self) -> None:  # noqa: N802
            over.wait(5)

    heard: list[MigrationProgress] = []

    def refuse(progress: MigrationProgress) -> None:
        heard.append(progress)
        if len(heard) == 3:
            raise Cancelled("Its deadline has passed.")

    with pytest.raises(OutcomeUnknown, match="does not end"):
        Moving(Hung(), lambda: over.wait(5) and None, post_copy=False).run(refuse)
    over.set()


def test_an_abort_that_had_to_wait_until_the_migration_had_ended_aborts_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moving, "ANSWER_SECONDS", 0.05)
    over, answers, turn = threading.Event(), threading.Event(), threading.Lock()

    class Late(Domain):
        """A domain of which libvirtd answers nothing until later."""

        def jobStats(self, _flags: int) -> dict[str, int]:  # noqa: N802  libvirt's name
            answers.wait(5)
            return {}

    def refuse(_: MigrationProgress) -> None:
        raise Cancelled("Its deadline has passed.")

    def named(what: str) -> threading.Thread:
        return next(thread for thread in threading.enumerate() if thread.name == f"{what}-web1")

    domain = Late()
    with pytest.raises(OutcomeUnknown):
        Moving(domain, lambda: over.wait(5) and None, post_copy=False, turn=lambda: turn).run(refuse)
    migration, abort = named("migrate"), named("abort")
    over.set()
    migration.join(5)
    answers.set()
    abort.join(5)
    assert not domain.aborted.is_set()


def test_post_copy_begins_once_after_all_memory_was_sent_for_the_first_time() -> None:
    domain = Domain()
    domain.stats["memory_iteration"] = 2
    Moving(domain, lambda: time.sleep(0.1), post_copy=True).run(lambda _: None)
    assert domain.post_copies == 1


# -- the way to the other server ---------------------------------------------------------------------------------------


class Proxy:
    """A server whose virsh opens some URIs."""

    def __init__(self, *opens: str, has_virsh: bool = True, refusal: str = "no way") -> None:
        self.opens = opens
        self.refusal = refusal
        self.has_virsh = has_virsh
        self.tried: list[str] = []

    def run(self, argv: list[str], **_: object) -> CommandResult:
        if not self.has_virsh:
            raise NotFound("There is no virsh.")
        uri = argv[argv.index("--connect") + 1]
        self.tried.append(uri)
        opened = uri.startswith(self.opens)
        return CommandResult(
            tuple(argv), 0 if opened else 1, b"", b"" if opened else f"error: {self.refusal}\n".encode()
        )


def node_of(proxy: Proxy, address: str = "10.0.0.2", ssh_port: int = 0, **options: str) -> Any:
    node = ManagedNode("id", "host2", "kvm", address=address, user="root", ssh_port=ssh_port, options=options)
    return SimpleNamespace(node=node, session=SimpleNamespace(proxy=proxy), default_uri="qemu:///system")


@pytest.mark.parametrize("opens", ["qemu+tls", "qemu+tcp", "qemu+ssh"])
def test_the_first_transport_that_opens_is_taken(opens: str) -> None:
    source = node_of(Proxy(opens))
    assert routes.daemon_uri(source, node_of(Proxy())).startswith(f"{opens}://")


def tried(destination: Any) -> list[str]:
    """The URIs by which a source tries to reach a destination, none of which opens."""
    source = node_of(Proxy())
    with pytest.raises(ServerUnavailable):
        routes.daemon_uri(source, destination)
    *libvirts, data = source.session.proxy.tried
    assert data.endswith(":49215/system")
    return libvirts


def test_ssh_goes_to_the_port_of_the_server() -> None:
    assert tried(node_of(Proxy(), ssh_port=2222))[-1] == "qemu+ssh://root@10.0.0.2:2222/system?no_tty=1"


def test_each_platform_of_libvirt_has_its_own_driver() -> None:
    xen = node_of(Proxy())
    xen.default_uri = "xen:///system"
    assert [uri.partition(":")[0] for uri in tried(xen)] == ["xen+tls", "xen+tcp", "xen+ssh"]


@pytest.mark.parametrize("address", ["10.0.0.2", "local"])
def test_the_servers_own_uri_is_tried_first(address: str) -> None:
    own = "qemu+tcp://10.0.0.9:17000/system"
    assert tried(node_of(Proxy(), address, uri=own))[0] == own


@pytest.mark.parametrize("own", ["qemu:///session", "qemu+tcp://localhost/system", "qemu+unix:///system?socket=/s"])
def test_an_own_uri_that_leads_elsewhere_from_the_source_is_not_tried(own: str) -> None:
    assert own not in tried(node_of(Proxy(), uri=own))


@pytest.mark.parametrize(("uri", "port"), [("qemu+tls", 16514), ("xen", 16514), ("xen+tcp", 16509), ("test+ssh", 22)])
def test_without_a_client_the_port_of_the_transport_is_tried(uri: str, port: int) -> None:
    asked: list[int] = []

    class Bare(Proxy):
        def connect(self, _: str, port: int) -> Any:
            asked.append(port)
            return SimpleNamespace(close=lambda: None)

    said = node_of(Proxy(), migration_uri=f"{uri}://far/system")
    assert not routes.refusal(node_of(Bare(has_virsh=False)), said)
    assert asked == [port]


def test_a_uri_that_was_said_is_not_tried() -> None:
    source = node_of(Proxy())
    assert routes.daemon_uri(source, node_of(Proxy(), migration_uri="qemu+tcp://far/system")) == "qemu+tcp://far/system"
    assert source.session.proxy.tried == []


def test_without_any_way_each_attempt_is_told_with_what_to_do() -> None:
    with pytest.raises(ServerUnavailable, match=r"qemu\+tls.*no way.*qemu\+ssh") as raised:
        routes.daemon_uri(node_of(Proxy()), node_of(Proxy()))
    assert "migration_uri" in raised.value.remedy


REFUSED = "unable to connect to server at '10.0.0.2:49215': Connection refused"
NO_ROUTE = "unable to connect to server at '10.0.0.2:49215': No route to host"


@pytest.mark.parametrize(("refusal", "is_open"), [(REFUSED, True), (NO_ROUTE, False)])
def test_who_is_refused_at_the_port_of_the_data_has_reached_the_server(refusal: str, is_open: bool) -> None:
    source = node_of(Proxy(refusal=refusal))
    said = routes.data_refusal(source, node_of(Proxy()))
    assert not said if is_open else "does not reach host2 at 10.0.0.2, port 49215" in said
    assert source.session.proxy.tried == ["qemu+tcp://10.0.0.2:49215/system"]


def test_the_data_is_looked_for_where_it_was_said_to_go() -> None:
    source = node_of(Proxy())
    routes.data_refusal(source, node_of(Proxy(), migration_address="192.0.2.7"))
    assert source.session.proxy.tried == ["qemu+tcp://192.0.2.7:49215/system"]


@pytest.mark.parametrize(("refusal", "is_open"), [(REFUSED, True), (NO_ROUTE, False)])
def test_direct_is_named_as_a_way_out_only_where_the_data_would_arrive(refusal: str, is_open: bool) -> None:
    source, destination = node_of(Proxy(refusal=refusal)), node_of(Proxy())
    with pytest.raises(ServerUnavailable) as raised:
        routes.daemon_uri(source, destination)
    assert ("--direct" in raised.value.remedy) is is_open
    assert ("--direct" in routes.refusal(source, destination)) is is_open
    assert "QEMU" not in raised.value.remedy  # which a server of Xen does not have


@pytest.mark.parametrize(
    ("options", "uri", "address"),
    [
        ({"migration_address": "192.0.2.7"}, "qemu+tcp://10.0.0.2/system", "192.0.2.7"),
        ({}, "qemu+tcp://10.0.0.3:16509/system", "10.0.0.3"),
        ({}, "", "10.0.0.2"),
        ({"migration_address": "2001:db8::1"}, "", "[2001:db8::1]"),
    ],
)
def test_data_goes_where_it_was_said_or_where_libvirt_is(options: dict[str, str], uri: str, address: str) -> None:
    assert routes.data_address(node_of(Proxy(), **options), uri) == address


# -- what libvirt refuses ----------------------------------------------------------------------------------------------

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


# -- what a definition asks of its server ------------------------------------------------------------------------------

XML = """<domain type='kvm'><name>web1</name><uuid>8b8d6a4e-4431-4f4f-b8d0-a336e568ed32</uuid><memory>1</memory>
<bootloader>/usr/bin/pygrub</bootloader><os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
<loader type='rom'>/usr/share/bios.bin</loader><nvram>/srv/web1.fd</nvram></os>
<devices><hostdev mode='subsystem' type='pci'><source>
<address domain='0x0000' bus='0x03' slot='0x00' function='0x1'/></source></hostdev></devices></domain>"""


def test_a_definition_says_what_kind_of_guest_it_is() -> None:
    kind = LibvirtConfig(XML).guest_kind()
    assert kind is not None
    assert (kind.architecture, kind.virtualization, kind.os_type, kind.machines) == (
        "x86_64",
        "kvm",
        "hvm",
        frozenset({"pc-q35-7.2"}),
    )


def test_a_definition_names_its_host_devices() -> None:
    assert LibvirtConfig(XML).host_devices() == ["pci 0x0000:0x03:0x00:0x1"]


def test_a_definition_names_the_programs_that_start_it() -> None:
    assert LibvirtConfig(XML).programs() == ["/usr/bin/pygrub", "/usr/share/bios.bin"]


def test_a_definition_names_the_variables_of_its_firmware() -> None:
    assert LibvirtConfig(XML).variables() == "/srv/web1.fd"
