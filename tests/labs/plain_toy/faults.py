"""Ways in which a platform can be wrong; each is called after the one test that finds it."""

from __future__ import annotations

import itertools
import json
import threading
import time
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from attrs import evolve
from labs.plain_toy.config import ToyConfig
from labs.plain_toy.hypervisor import Machine
from labs.plain_toy.plugin import ToyPlatform
from labs.plain_toy.server import CAPABILITIES, ToyNode
from labs.plain_toy.vmm import Line, ToyVMM

from convirt_core.forms import Field, FieldKind, Form, Page
from convirt_core.hookspecs import hookimpl
from convirt_core.model import Capability, Finding, GraphicalConsole, Severity, VMState
from convirt_core.platforms import STANDARD_KEYS, VMM, ConfigSource, Detection, Platform, Template, VMInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Patch = tuple[type, str, Any]
"""The class and the method that is wrong, and what is in its place."""

_HONEST = {
    (owner, name): getattr(owner, name)
    for owner, name in (
        (ToyNode, "shown"),
        (ToyNode, "metric_snapshot"),
        (ToyConfig, "__setitem__"),
        (ToyVMM, "open_serial_console"),
        (ToyVMM, "revert_to_snapshot"),
        (ToyVMM, "migrate"),
        (ToyPlatform, "convirt_create_vm_config"),
    )
}
_numbers = itertools.count()
_looking = threading.Lock()


@hookimpl
def _nameless(self: ToyPlatform) -> Platform:
    return Platform(" ", CAPABILITIES)


@hookimpl
def _modest(self: ToyPlatform) -> Platform:
    return Platform("Toy", CAPABILITIES - {Capability.MIGRATE}, {"port": 8002}, max_concurrency=2)


@hookimpl
def _found_everywhere(self: ToyPlatform, proxy: object) -> Detection:
    return Detection("why not")


@hookimpl
def _helpless(self: ToyPlatform, proxy: Any, options: object) -> list[Finding]:
    is_there = proxy.stat("/etc/hostname")
    return [Finding("toy-mark", "Toy", Severity.INFO if is_there else Severity.ERROR, "It is there or not.")]


@hookimpl
def _impossible_default(self: ToyPlatform, mode: object) -> Form:
    port = Field("port", "Port", FieldKind.INTEGER, default=0, minimum=1, maximum=65535)
    return Form("Toy server", (Page("toy", "Toy", (port,)),))


@hookimpl
def _narrow_form(self: ToyPlatform, mode: object) -> Form:
    port = Field("port", "Port", FieldKind.INTEGER, default=8002, minimum=8002, maximum=8002)
    return Form("Toy server", (Page("toy", "Toy", (port,)),))


@hookimpl
def _unknown_setting(self: ToyPlatform, mode: object, context: object) -> list[Page]:
    return [Page("toy", "Toy", (Field("no_such_key", "Note"),))]


@hookimpl
def _bad_template(self: ToyPlatform) -> list[Template]:
    return [Template("disk", "A toy", "name = '$VM_NAME'\nmemory = 'much'\n")]


@hookimpl
def _drops_a_limit(self: ToyPlatform, source: ConfigSource) -> ToyConfig:
    values = {key: value for key, value in source.values.items() if key != "maxvcpus"}
    return _HONEST[ToyPlatform, "convirt_create_vm_config"](self, evolve(source, values=values))


def _closes_once(self: ToyNode) -> None:
    if vars(self).get("is_closed"):
        raise RuntimeError("closed already")
    vars(self)["is_closed"] = True


def _able(self: ToyNode, key: str, machine: Machine) -> object:
    return evolve(
        _HONEST[ToyNode, "shown"](self, key, machine), capabilities=CAPABILITIES | {Capability.MIGRATE_POST_COPY}
    )


def _takes_any_key(self: ToyConfig, key: str, value: object) -> None:
    if key in STANDARD_KEYS:
        _HONEST[ToyConfig, "__setitem__"](self, key, value)
    else:
        self._values[key] = value


def _forgets_strangers(self: ToyConfig, key: str, value: object) -> None:
    _HONEST[ToyConfig, "__setitem__"](self, key, value)
    self._values = {known: self._values[known] for known in self}


def _overwrites(self: ToyVMM, config: ToyConfig) -> None:
    self.toy.machine(config.key).text = config.text


def _defines_twice(self: ToyVMM, config: ToyConfig) -> str:
    self.toy.machines[config.key] = Machine(config.text, is_deaf="deaf" in str(config.get("extra", "")))
    return config.key


def _saves_too_late(self: ToyVMM, key: str, path: str) -> None:
    self.toy.go(key, {VMState.RUNNING, VMState.PAUSED}, VMState.STOPPED)
    self.vnode.session.proxy.write_file(path, key.encode())


def _stays_as_it_is(self: ToyVMM, key: str) -> None:
    self.toy.go(key, {VMState.RUNNING}, VMState.RUNNING)


def _finds_a_vm_in_anything(self: ToyVMM, path: str) -> str:
    said = self.vnode.session.proxy.read_file(path).decode()
    if said in self.toy.machines:
        return said
    return next(key for key, machine in self.toy.machines.items() if machine.state is VMState.STOPPED)


def _in_kib(self: ToyNode) -> object:
    snapshot = _HONEST[ToyNode, "metric_snapshot"](self)
    for each in snapshot.vms:
        each.memory_bytes >>= 10
    return snapshot


def _idle(self: ToyNode) -> object:
    snapshot = _HONEST[ToyNode, "metric_snapshot"](self)
    for each in snapshot.vms:
        each.cpu_seconds = 0.0
    return snapshot


def _falling(self: ToyNode) -> object:
    snapshot = _HONEST[ToyNode, "metric_snapshot"](self)
    for each in snapshot.vms:
        each.received_bytes = (1 << 62) - time.monotonic_ns()
    return snapshot


def _never_ends(self: ToyNode, listener: Callable[[object], None]) -> Callable[[], None]:
    self.toy.listeners.append(listener)
    return lambda: None


def _never_tells(self: ToyNode, listener: object) -> Callable[[], None]:
    return lambda: None


def _reads_on(self: Line, *, timeout_seconds: float) -> bytes:
    said, self._said = self._said, b""
    return said


def _for_all(self: ToyVMM, key: str, *, force: bool = False) -> Line:
    return _HONEST[ToyVMM, "open_serial_console"](self, key, force=True)


def _knows_all(self: ToyVMM, key: str) -> VMInfo:
    machine = self.toy.machine(key)
    values = {"name": ToyConfig(machine.text).name, "id": machine.run, "state": machine.state, "memory": 64}
    return VMInfo({**values, "vcpus": 1}, disks=[], nics=[])


def _reverts_anywhere(self: ToyVMM, key: str, name: str) -> None:
    if name in self.toy.machine(key).kept:
        _HONEST[ToyVMM, "revert_to_snapshot"](self, key, name)


def _reverts_its_state_alone(self: ToyVMM, key: str, name: str) -> None:
    machine = self.toy.machine(key)
    text = machine.text
    _HONEST[ToyVMM, "revert_to_snapshot"](self, key, name)
    machine.text = text


def _reverts_and_boots(self: ToyVMM, key: str, name: str) -> None:
    _HONEST[ToyVMM, "revert_to_snapshot"](self, key, name)
    machine = self.toy.machine(key)
    machine.boots += machine.state.is_resident


def _restores_and_boots(self: ToyVMM, path: str) -> None:
    self.toy.go(self.saved_key(path), {VMState.STOPPED}, VMState.RUNNING)


def _moves_and_boots(self: ToyVMM, key: str, destination: ToyVMM, options: object, *, progress: object) -> None:
    _HONEST[ToyVMM, "migrate"](self, key, destination, options, progress=progress)
    destination.toy.machine(key).boots += 1


def _moves_at_full_speed(self: ToyVMM, key: str, destination: ToyVMM, options: Any, *, progress: object) -> None:
    quick = evolve(options, bandwidth_bytes_per_second=0)
    _HONEST[ToyVMM, "migrate"](self, key, destination, quick, progress=progress)


def _keeps_the_memory(self: ToyVMM, key: str, memory_bytes: int) -> None:
    machine = self.toy.machine(key)
    machine.memory_mib = memory_bytes >> 20
    machine.text = json.dumps({**json.loads(machine.text), "memory": machine.memory_mib})


def _alone(self: ToyNode) -> list[object]:
    if not _looking.acquire(blocking=False):
        raise RuntimeError("two at once")
    try:
        time.sleep(0.02)
        self.toy.answers.wait()
        return [self.shown(key, machine) for key, machine in self.toy.machines.items()]
    finally:
        _looking.release()


FAULTS: Mapping[str, list[Patch]] = MappingProxyType(
    {
        "test_the_platform_says_what_it_is": [(ToyPlatform, "convirt_platform", _nameless)],
        "test_a_server_can_do_no_more_than_its_platform": [(ToyPlatform, "convirt_platform", _modest)],
        "test_a_vm_can_do_no_more_than_its_server": [(ToyNode, "shown", _able)],
        "test_a_server_is_the_same_machine_after_a_new_connection": [
            (ToyNode, "host_uuid", lambda self: f"number {next(_numbers)}")
        ],
        "test_the_platform_is_not_found_where_there_is_nothing": [
            (ToyPlatform, "convirt_detect_platform", _found_everywhere)
        ],
        "test_a_finding_that_asks_for_something_says_what_to_do": [
            (ToyPlatform, "convirt_check_prerequisites", _helpless)
        ],
        "test_the_form_of_a_server_is_content_with_its_own_defaults": [
            (ToyPlatform, "convirt_node_form", _impossible_default)
        ],
        "test_an_unknown_key_is_refused": [(ToyConfig, "__setitem__", _takes_any_key)],
        "test_what_the_platform_does_not_know_survives_a_change": [(ToyConfig, "__setitem__", _forgets_strangers)],
        "test_a_secret_is_shown_nowhere": [(ToyConfig, "__repr__", lambda self: self.text)],
        "test_a_definition_that_somebody_changed_is_not_overwritten": [(ToyVMM, "write_config", _overwrites)],
        "test_a_taken_name_is_refused_by_the_hypervisor_too": [(ToyVMM, "define", _defines_twice)],
        "test_a_guest_that_is_asked_to_shut_down_stops": [(ToyVMM, "shutdown", _stays_as_it_is)],
        "test_a_guest_boots_anew_and_its_vm_runs_on": [(ToyVMM, "reboot", _stays_as_it_is)],
        "test_a_vm_that_cannot_be_saved_runs_on": [(ToyVMM, "save", _saves_too_late)],
        "test_a_stopped_vm_has_no_running_side": [(ToyVMM, "info", _knows_all)],
        "test_a_snapshot_has_the_server_and_each_vm_in_bytes_and_seconds": [(ToyNode, "metric_snapshot", _in_kib)],
        "test_a_counter_never_falls_while_a_vm_runs": [(ToyNode, "metric_snapshot", _falling)],
        "test_events_tell_of_a_start_and_a_stop_in_order": [(ToyNode, "subscribe", _never_tells)],
        "test_who_listens_no_more_hears_no_more": [(ToyNode, "subscribe", _never_ends)],
        "test_a_line_that_is_let_go_can_be_taken_again": [(Line, "read", _reads_on)],
        "test_a_line_that_somebody_has_is_taken_by_force_only": [(ToyVMM, "open_serial_console", _for_all)],
        "test_what_is_not_declared_is_not_supported": [
            (ToyVMM, "graphical_console", lambda self, key: GraphicalConsole("vnc", "127.0.0.1", 5900))
        ],
        "test_what_is_not_declared_is_not_supported: a card in the definition": [
            (ToyVMM, "attach_nic", lambda self, key, nic, live, stored: nic)
        ],
        "test_a_snapshot_that_is_not_there_is_not_gone_back_to": [(ToyVMM, "revert_to_snapshot", _reverts_anywhere)],
        "test_a_snapshot_is_made_found_gone_back_to_and_forgotten": [
            (ToyVMM, "revert_to_snapshot", _reverts_its_state_alone)
        ],
        "test_a_vm_that_ran_goes_on_from_its_snapshot": [(ToyVMM, "revert_to_snapshot", _reverts_and_boots)],
        "test_a_vm_that_was_saved_to_a_file_goes_on_from_it": [(ToyVMM, "restore", _restores_and_boots)],
        "test_a_running_vm_moves_and_runs_on: it is booted anew": [(ToyVMM, "migrate", _moves_and_boots)],
        "test_a_running_vm_moves_and_runs_on: its bandwidth is ignored": [(ToyVMM, "migrate", _moves_at_full_speed)],
        "test_a_running_vm_moves_and_runs_on: it is never said to be on its way": [
            (ToyVMM, "is_migrating", lambda self, key: False)
        ],
        "test_a_clone_is_another_vm_of_the_same_size": [
            (ToyConfig, "set_disk_source", lambda self, target, source: None)
        ],
        "test_every_declared_capability_was_tested": [
            (ToyNode, "capabilities", property(lambda self: CAPABILITIES - {Capability.RESTORE})),
            (ToyVMM, "restore", VMM.restore),
        ],
        "test_a_file_that_holds_no_vm_is_not_restored": [(ToyVMM, "saved_key", _finds_a_vm_in_anything)],
        "test_the_settings_of_a_vm_name_keys_that_its_definition_knows": [
            (ToyPlatform, "convirt_vm_settings_pages", _unknown_setting)
        ],
        "test_the_form_of_a_server_takes_the_values_of_one_that_works": [
            (ToyPlatform, "convirt_node_form", _narrow_form)
        ],
        "test_a_template_makes_a_definition": [(ToyPlatform, "convirt_templates", _bad_template)],
        "test_a_definition_has_the_values_that_it_was_made_of": [
            (ToyPlatform, "convirt_create_vm_config", _drops_a_limit)
        ],
        "test_an_operation_is_refused_in_a_wrong_state_and_changes_nothing": [
            (ToyVMM, "resume", lambda self, key: self.toy.go(key, set(VMState), VMState.RUNNING))
        ],
        "test_a_counter_never_falls_while_a_vm_runs: it counts nothing": [(ToyNode, "metric_snapshot", _idle)],
        "test_closing_twice_is_closing": [(ToyNode, "close", _closes_once)],
        "test_a_vm_is_started_with_its_server_or_not": [(ToyVMM, "set_autostart", lambda self, key, enabled: None)],
        "test_the_memory_of_a_running_vm_is_changed_and_its_definition_is_not": [
            (ToyVMM, "set_memory_live", _keeps_the_memory)
        ],
        "test_as_many_threads_as_declared_look_at_once": [(ToyNode, "vms", _alone)],
    }
)
"""The test that finds it, and after a colon what is wrong where a test finds several → what is planted."""


@contextmanager
def planted(fault: Sequence[Patch]) -> Iterator[None]:
    """Put other methods in the place of honest ones, as long as the block lasts."""
    with ExitStack() as stack:
        for owner, name, wrong in fault:
            stack.enter_context(patch.object(owner, name, wrong))
        yield
