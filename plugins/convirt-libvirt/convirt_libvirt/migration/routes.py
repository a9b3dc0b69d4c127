"""How one server's libvirt reaches another's."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from convirt_core.errors import ConvirtError, DeadlineExceeded, NotFound, ServerUnavailable
from convirt_libvirt.uri import MIGRATION_ADDRESS_OPTION, MIGRATION_URI_OPTION, own_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convirt_core.platforms import NodeProxy
    from convirt_libvirt.vnode import LibvirtVNode

_TRY_SECONDS = 5.0
_PORTS = MappingProxyType({"tls": 16514, "tcp": 16509, "ssh": 22})
"""By transport. Source: https://libvirt.org/uri.html."""
_DATA_PORT = 49215
"""The last of those on which QEMU receives a migration, the last but one of Xen's; the first that is free is taken.

Source: `migration_port_max` of libvirt's qemu.conf, `LIBXL_MIGRATION_PORT_MAX` of its libxl_conf.h.
"""
_REFUSED = "Connection refused"


def daemon_uri(source: LibvirtVNode, destination: LibvirtVNode) -> str:
    """Return the URI by which the source's libvirt reaches the destination's.

    :raises ServerUnavailable: there is none
    """
    said = str(destination.node.options.get(MIGRATION_URI_OPTION) or "")
    if said:
        return said
    refusals = []
    for uri in _candidates(destination):
        refusal = _try(source.session.proxy, uri)
        if not refusal:
            return uri
        refusals.append(f"{uri}: {refusal}")
    raise ServerUnavailable(
        f"libvirt on {source.node.name} does not reach libvirt on {destination.node.name}: {'; '.join(refusals)}.",
        remedy=f"Let it, or say how with 'convirt server edit {destination.node.name} --option migration_uri=URI'."
        + _hint(source, destination),
    )


def refusal(source: LibvirtVNode, destination: LibvirtVNode) -> str:
    """Return why the source's libvirt does not reach the destination's; empty: it does."""
    try:
        uri = daemon_uri(source, destination)
    except ServerUnavailable as error:
        return f"{error}{_hint(source, destination)}"
    if not destination.node.options.get(MIGRATION_URI_OPTION):
        return ""  # it was just tried
    said = _try(source.session.proxy, uri)
    return f"libvirt on {source.node.name} does not reach {uri}: {said}.{_hint(source, destination)}" if said else ""


def data_refusal(source: LibvirtVNode, destination: LibvirtVNode) -> str:
    """Return why the source may not reach the destination with the data, as a direct migration must; empty: it does.

    What is tried is a port where nobody listens, so that no migration is disturbed: who is refused has been there. A
    firewall that opens only the first ports, which are taken first, lets the data through all the same.
    """
    address = data_address(destination, "") or _host(destination)
    uri = f"{urlsplit(destination.default_uri).scheme}+tcp://{address}:{_DATA_PORT}/system"
    said = _try(source.session.proxy, uri)
    if not said or _REFUSED in said:
        return ""
    return (
        f"{source.node.name} does not reach {destination.node.name} at {address}, port {_DATA_PORT}, which is one of "
        f"those that the data may come by: {said}."
    )


def _hint(source: LibvirtVNode, destination: LibvirtVNode) -> str:
    """Return what else there is, with a blank before, when libvirt does not reach libvirt; empty: nothing."""
    is_shut = data_refusal(source, destination)
    return "" if is_shut else " The data's way is open: --direct leads the migration from here."


def data_address(destination: LibvirtVNode, uri: str) -> str:
    """Return the destination's address for the data; empty: as its libvirt is configured.

    :param uri: of its libvirt as the source sees it: where that answers, data arrives as well; empty: not known
    """
    said = str(destination.node.options.get(MIGRATION_ADDRESS_OPTION) or "")
    address = said or urlsplit(uri).hostname or ("" if destination.node.is_local else destination.node.address)
    return f"[{address}]" if ":" in address else address


def _candidates(destination: LibvirtVNode) -> Iterator[str]:
    """Yield the URIs to try, the quickest and safest first. Nobody is there to answer a question of ssh's.

    Source: https://libvirt.org/uri.html, remote URIs: `driver+transport://user@host:port/path`.
    """
    if _own_host(destination):
        yield own_uri(destination.node)  # somebody has set it up
    default = urlsplit(destination.default_uri)
    driver, host, node = default.scheme, _host(destination), destination.node
    user = f"{node.user}@" if node.user else ""
    port = f":{node.ssh_port}" if node.ssh_port else ""
    yield f"{driver}+tls://{host}{default.path}"
    yield f"{driver}+tcp://{host}{default.path}"
    yield f"{driver}+ssh://{user}{host}{port}{default.path}?no_tty=1"


def _own_host(destination: LibvirtVNode) -> str:
    """Return the host of the destination's own URI; empty: it names none, or one that is another to the source."""
    parts = urlsplit(own_uri(destination.node))
    host = parts.hostname or ""
    is_ours = host in {"localhost", "::1"} or host.startswith("127.") or parts.scheme.endswith("+unix")
    return "" if is_ours else host


def _host(destination: LibvirtVNode) -> str:
    """Return the destination's address as the source may know it: as it was given to us, or its own name."""
    if not destination.node.is_local:
        host = destination.node.address
    elif not (host := _own_host(destination)):
        connection = destination.connection
        with connection.asking("read the host's name"):
            host = connection.handle.getHostname()
    return f"[{host}]" if ":" in host else host


def _try(proxy: NodeProxy, uri: str) -> str:
    """Return why a server's libvirt cannot open a URI, as its own client sees it; empty: it can."""
    try:
        asked = proxy.run(
            ["virsh", "--quiet", "--connect", uri, "--readonly", "uri"],
            timeout_seconds=_TRY_SECONDS,
            environment={"LC_ALL": "C"},
        )
    except NotFound:
        return _try_port(proxy, uri)
    except DeadlineExceeded:
        return "it does not answer"
    return "" if asked.exit_code == 0 else " ".join(asked.error_text.split()).removeprefix("error: ").rstrip(".")


def _try_port(proxy: NodeProxy, uri: str) -> str:
    """Return likewise whether at least the port answers, for a server without libvirt's client."""
    parts = urlsplit(uri)
    transport = parts.scheme.rpartition("+")[2]
    try:
        proxy.connect(parts.hostname or "", parts.port or _PORTS.get(transport, _PORTS["tls"])).close()
    except ConvirtError as error:
        return str(error).rstrip(".")
    return ""
