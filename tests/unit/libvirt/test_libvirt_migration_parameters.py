"""What libvirt is told about a migration: its flags and parameters."""

from __future__ import annotations

import libvirt
import pytest

from convirt_core.model import MigrationOptions
from convirt_libvirt.migration.parameters import flags_of, parameters_of


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
