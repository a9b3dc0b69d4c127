"""What a migration asks of libvirt, and what is known of one that goes on."""

from types import SimpleNamespace

import libvirt
import pytest
from labs.invented_dom0 import WEB, works_on

from convirt_core.errors import NotSupported
from convirt_core.model import MigrationOptions
from convirt_core.services.migration.places import Place, Sight, place_of_running, sight_of
from convirt_libvirt.migration.parameters import flags_of
from convirt_xen.vmm import XenVMM


def test_a_migration_asks_for_no_more_than_the_driver_knows():
    asked = XenVMM.migration_flags & flags_of(MigrationOptions(shared_storage=True), persistent=True)
    assert asked & libvirt.VIR_MIGRATE_LIVE
    assert asked & libvirt.VIR_MIGRATE_UNDEFINE_SOURCE
    assert not asked & (libvirt.VIR_MIGRATE_ABORT_ON_ERROR | libvirt.VIR_MIGRATE_UNSAFE)


def test_a_guest_that_libvirt_works_on_may_be_on_its_way(vnode, vmm):
    assert not vmm.is_migrating(WEB)
    works_on(vnode, WEB)
    assert vmm.is_migrating(WEB)


def test_what_libvirt_works_on_cannot_be_ended_and_is_not_called_a_migration(vnode, vmm):
    vmm.stop_migration(WEB)  # there is none
    works_on(vnode, WEB)
    with pytest.raises(NotSupported, match="works on web; whether that is a migration it does not say") as caught:
        vmm.stop_migration(WEB)
    assert "cannot end it" in caught.value.remedy


def test_where_a_guest_is_that_goes_on_after_its_call_was_given_up_is_not_decided(vnode, vmm):
    works_on(vnode, WEB)
    server = SimpleNamespace(call=lambda see, deadline_seconds: see(vnode, vmm))
    assert place_of_running(sight_of(server, WEB), Sight()) is Place.UNDECIDED
