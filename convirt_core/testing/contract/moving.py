"""Moving VMs to another server of the platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from attrs import evolve

from convirt_core.hookspecs import VNodeSpec
from convirt_core.model import (
    Capability,
    ChecksFailed,
    Finding,
    HypervisorFacts,
    MigrationOptions,
    MigrationRequest,
    VMState,
)
from convirt_core.testing.guests import check_goes_on
from convirt_core.testing.onlooker import Onlooker
from convirt_core.testing.proofs import proves, refuses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.model import ManagedNode
    from convirt_core.services.listed import ListedVM
    from convirt_core.testing.workbench import Workbench


_SLOW = MigrationOptions(bandwidth_bytes_per_second=16 << 20)
"""So that a migration lasts until somebody has looked at it."""

_LIVE: Mapping[Capability, MigrationOptions] = {
    Capability.MIGRATE_LIVE: MigrationOptions(),
    Capability.MIGRATE_DIRECT: MigrationOptions(direct=True),
    Capability.MIGRATE_STORAGE: MigrationOptions(copy_storage=True),
    Capability.MIGRATE_BANDWIDTH: _SLOW,
    Capability.MIGRATE_DOWNTIME: MigrationOptions(max_downtime_milliseconds=500),
    Capability.MIGRATE_COMPRESS: MigrationOptions(compress=True),
    Capability.MIGRATE_AUTO_CONVERGE: MigrationOptions(auto_converge=True),
    Capability.MIGRATE_POST_COPY: MigrationOptions(post_copy=True),
}
"""How each way of moving is asked for."""

_SEEN_ON_THE_WAY = frozenset(
    {
        Capability.MIGRATE_BANDWIDTH,
        Capability.MIGRATE_DOWNTIME,
        Capability.MIGRATE_COMPRESS,
        Capability.MIGRATE_AUTO_CONVERGE,
        Capability.MIGRATE_POST_COPY,
    }
)
"""Nothing tells them afterwards."""


class Moving:
    """What is known before a migration, and each way to go."""

    def test_the_facts_that_a_migration_minds_are_known_or_empty(self, bench: Workbench) -> None:
        assert isinstance(bench.look(lambda vnode: vnode.hypervisor_facts()), HypervisorFacts)

    def test_a_server_runs_the_processor_of_its_own_vm(self, bench: Workbench) -> None:
        vm = bench.running()
        config = bench.call(lambda _, vmm: vmm.moving_config(vm.ref.key))
        assert bench.look(lambda vnode: vnode.cpu_refusal(config, vnode.hypervisor_facts())) == ""

    @refuses(Capability.MIGRATE)
    def test_the_platforms_own_checks_of_a_migration_are_findings(self, bench: Workbench) -> None:
        vm = bench.stopped()
        request = MigrationRequest(
            vm.ref, vm.name, vm.server, vm.server, MigrationOptions(live=False), 1 << 27, 1 << 27
        )
        answers = bench.app.plugins.ask(bench.node.platform, VNodeSpec.convirt_check_migration, request=request)
        assert [str(answer.error) for answer in answers if answer.error] == []
        assert all(isinstance(finding, Finding) for answer in answers for finding in answer.value or ())

    def test_a_vm_that_stands_still_is_on_no_way(self, bench: Workbench) -> None:
        vm = bench.running()
        assert bench.call(lambda _, vmm: vmm.is_migrating(vm.ref.key)) is False

    @proves(Capability.MIGRATE)
    def test_a_stopped_vm_moves_to_another_server_and_back(self, bench: Workbench) -> None:
        vm, other = bench.define("moving"), bench.other()
        there = _move(bench, vm, other, MigrationOptions(live=False))
        assert (there.server.name, there.vm.state) == (other.name, VMState.STOPPED)
        assert vm.ref.key not in bench.listed_keys()
        back = _move(bench, there, bench.node, MigrationOptions(live=False))
        assert bench.stored(back).name == vm.name
        assert bench.keys_of(other) & {vm.ref.key} == set()

    @refuses(Capability.MIGRATE)
    def test_a_migration_to_the_server_itself_is_refused(self, bench: Workbench) -> None:
        vm = bench.stopped()
        with pytest.raises(ChecksFailed):
            bench.app.migrations.migrate(bench.app.migrations.plan(vm, bench.node))
        assert bench.find(vm.ref.key).vm.state is VMState.STOPPED

    @pytest.mark.parametrize("capability", [pytest.param(each, marks=proves(each)) for each in _LIVE])
    def test_a_running_vm_moves_and_runs_on(self, bench: Workbench, capability: Capability) -> None:
        vm, other = bench.started("moving", **_values(bench, capability)), bench.other()
        boots, is_slow = bench.boots(vm), bench.runs(Capability.MIGRATE_BANDWIDTH)
        with Onlooker(bench, vm, capability) as onlooker:
            there = _move(bench, vm, other, _slowly(_LIVE[capability]) if is_slow else _LIVE[capability])
        assert (there.server.name, there.vm.state) == (other.name, VMState.RUNNING)
        assert vm.ref.key not in bench.listed_keys()
        bench.check_witness(there)
        check_goes_on(bench, there, boots)
        onlooker.check_seen(is_slow=is_slow)
        if capability in _SEEN_ON_THE_WAY:
            onlooker.check_way()


def _values(bench: Workbench, capability: Capability) -> Mapping[str, object]:
    return bench.lab.disk_values() if capability is Capability.MIGRATE_STORAGE else {}


def _slowly(options: MigrationOptions) -> MigrationOptions:
    return evolve(options, bandwidth_bytes_per_second=_SLOW.bandwidth_bytes_per_second)


def _move(bench: Workbench, vm: ListedVM, to: ManagedNode, options: MigrationOptions) -> ListedVM:
    moved = bench.app.migrations.migrate(bench.app.migrations.plan(vm, to, options))
    return bench.find(moved.ref.key, to)
