"""Domain 0, which is the server itself: found, described, and left alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from labs.cli_here import ConvirtHere
from labs.xen.kit import state_of
from labs.xen.managed import LONG, ManagedXen

from convirt_core.errors import WrongState
from convirt_core.model import Capability, Severity, VMState

if TYPE_CHECKING:
    from convirt_core.services.listed import ListedVM

pytestmark = [pytest.mark.root, pytest.mark.guest]


def test_it_is_found_to_be_a_xen_and_lacks_nothing(xen: ManagedXen) -> None:
    assert xen.server.platform == "xen"
    assert [found for found in xen.app.grid.check_server(xen.server) if found.severity is Severity.ERROR] == []


def test_it_says_its_version_and_what_domain_0_has(xen: ManagedXen) -> None:
    sections = {section.title: section.as_dict() for section in xen.app.grid.server_info(xen.server).sections}

    assert str(sections["Xen"]["xen_version"]).startswith("4.")
    assert 400 << 20 <= int(sections["Xen"]["domain_0_memory_bytes"] or 0) <= 600 << 20


@pytest.mark.parametrize("capability", [Capability.KILL, Capability.PAUSE, Capability.SHUTDOWN])
def test_nothing_is_done_to_domain_0_even_if_it_is_forced(xen: ManagedXen, capability: Capability) -> None:
    with pytest.raises(WrongState, match="server's own domain"):
        xen.app.lifecycle.run(capability, xen.find("Domain-0"), force=True)


def test_domain_0_is_not_removed_even_if_it_is_forced(xen: ManagedXen) -> None:
    with pytest.raises(WrongState, match="server's own domain"):
        xen.app.lifecycle.remove(xen.find("Domain-0"), force=True)

    assert xen.lab.xl_list()[0].name == "Domain-0"


def test_domain_0_counts_as_no_vm(xen: ManagedXen) -> None:
    about = xen.app.grid.server_info(xen.server).sections[0].as_dict()
    listed = [vm for answer in xen.app.vms.list() for vm in answer.vms]

    assert about["vm_count"] == len([vm for vm in listed if vm.name != "Domain-0"])


def test_domain_0_counts_in_no_statistics(xen: ManagedXen) -> None:
    assert xen.find("Domain-0").vm.protected
    assert [vm for vm in xen.app.metrics.snapshot(xen.server).vms if vm.name == "Domain-0"] == []


@pytest.mark.parametrize("capability", [Capability.KILL, Capability.PAUSE, Capability.REMOVE])
def test_domain_0_is_not_among_all_vms_of_the_server(xen: ManagedXen, capability: Capability) -> None:
    assert "Domain-0" not in [vm.name for vm in xen.app.vms.of_server(xen.server)]
    assert "Domain-0" not in [vm.name for vm in xen.app.vms.of_server(xen.server, capability)]


def test_what_is_done_by_force_to_all_vms_of_the_server_spares_domain_0(
    xen: ManagedXen, define: Callable[..., ListedVM], convirt: ConvirtHere
) -> None:
    vm = xen.boot(define("all"))
    for operation, *sure in (("pause",), ("kill", "--yes")):
        waits = ("--deadline", f"{LONG:.0f}")
        answer = convirt.json("vm", operation, "--all-of", "dom0", "--force", *waits, *sure)
        assert [(result["target"], result["ok"]) for result in answer["results"]] == [(vm.name, True)]
        own = xen.lab.xl_list()[0]
        assert (own.name, state_of(own.state)) == ("Domain-0", VMState.RUNNING)

    assert xen.lab.xl_domain(vm.name) is None
