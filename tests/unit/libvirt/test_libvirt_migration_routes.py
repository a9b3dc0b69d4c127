"""The way from one server's libvirt to another's, and that of the data."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from convirt_core.errors import NotFound, ServerUnavailable
from convirt_core.model import ManagedNode
from convirt_core.platforms import CommandResult
from convirt_libvirt.migration import routes


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
