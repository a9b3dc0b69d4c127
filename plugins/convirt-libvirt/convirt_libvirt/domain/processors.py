"""The keys `vcpus` and `maxvcpus` (views on `<vcpu current=…>`) and `cpu` (on `<cpu mode=…>`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput
from convirt_libvirt.domain.key import Key
from convirt_libvirt.domain.values import counted, integer, line
from convirt_libvirt.domain.xml import child, drop, drop_all, set_attribute, set_text

if TYPE_CHECKING:
    from lxml.etree import _Element

MOST_VCPUS = 65535
CPU_MODES = ("host-model", "host-passthrough", "maximum")


def _get_maxvcpus(domain: _Element) -> int:
    """Without `<vcpu>` libvirt gives one."""
    return counted("<vcpu>", domain.findtext("vcpu") or "1")


def _get_vcpus(domain: _Element) -> int:
    element = domain.find("vcpu")
    current = None if element is None else element.get("current")
    return counted("<vcpu current>", current) if current else _get_maxvcpus(domain)


def _write(domain: _Element, count: int, most: int) -> None:
    """Write both numbers. `<vcpus>`, a list of each one's state, is libvirt's own and would contradict them."""
    _check_topology(domain, most)
    element = child(domain, "vcpu")
    element.text = str(most)
    set_attribute(element, "current", "" if count == most else str(count))
    drop_all(domain, "vcpus")


def _set_vcpus(domain: _Element, value: object) -> None:
    """A VM without room to plug processors keeps none: both move. Beyond the room, the room grows."""
    wanted = integer("vcpus", value, 1, MOST_VCPUS)
    count, most = _get_vcpus(domain), _get_maxvcpus(domain)
    if wanted != count:
        _write(domain, wanted, wanted if count == most or wanted > most else most)


def _set_maxvcpus(domain: _Element, value: object) -> None:
    """What the VM starts with stays, unless it is more than it now may have."""
    wanted = integer("maxvcpus", value, 1, MOST_VCPUS)
    if wanted != _get_maxvcpus(domain):
        _write(domain, min(wanted, _get_vcpus(domain)), wanted)


def _remove_maxvcpus(domain: _Element) -> None:
    count = _get_vcpus(domain)
    if count != _get_maxvcpus(domain):
        _write(domain, count, count)


def _check_topology(domain: _Element, most: int) -> None:
    """Sockets times cores times threads must be the maximum, or libvirt refuses the definition."""
    topology = domain.find("cpu/topology")
    if topology is None:
        return
    product = 1
    for part in ("sockets", "dies", "clusters", "cores", "threads"):
        product *= counted("<topology>", topology.get(part, "1"))
    if product != most:
        raise InvalidInput(
            f"{most} processors do not fit the VM's topology of {product}.",
            remedy="Change <topology> in the definition itself.",
        )


def _get_cpu(domain: _Element) -> str | None:
    element = domain.find("cpu")
    if element is None:
        return None
    mode = element.get("mode", "custom")
    return element.findtext("model") or None if mode == "custom" else mode


def _set_cpu(domain: _Element, value: object) -> None:
    """A mode, or the name of a model, such as `Skylake-Server`; topology and NUMA cells stay."""
    wanted = line("cpu", value)
    if not wanted:
        raise InvalidInput(f"cpu is one of {', '.join(CPU_MODES)}, or a model; not ''.")
    if wanted == _get_cpu(domain):
        return
    _remove_cpu(domain)
    element = child(domain, "cpu")
    if wanted in CPU_MODES:
        element.set("mode", wanted)
        return
    element.set("mode", "custom")
    element.set("match", "exact")
    set_text(element, "model", wanted)


def _remove_cpu(domain: _Element) -> None:
    """Forget mode, model and what depends on them."""
    element = domain.find("cpu")
    if element is None:
        return
    for name in ("mode", "match", "check", "migratable"):
        set_attribute(element, name, "")
    for tag in ("model", "vendor", "feature"):
        drop_all(element, tag)
    if not len(element):
        drop(element)


KEYS = (
    Key("vcpus", _get_vcpus, _set_vcpus),
    Key("maxvcpus", _get_maxvcpus, _set_maxvcpus, _remove_maxvcpus),
    Key("cpu", _get_cpu, _set_cpu, _remove_cpu),
)
