"""The server under test with its guests: what the tests of the contract work on."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from convirt_core.errors import NotFound
from convirt_core.hookspecs import VMConfigSpec
from convirt_core.model import OPERATIONS, Capability, VMState
from convirt_core.platforms import ConfigSource
from convirt_core.services.servers import READ_SECONDS
from convirt_core.testing.lab_check import witnessed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from convirt_core.app import Application
    from convirt_core.model import ManagedNode
    from convirt_core.platforms import VMM, Platform, VMConfig, VMInfo, VNode
    from convirt_core.services.listed import ListedVM
    from convirt_core.services.servers import Server
    from convirt_core.testing.lab import Lab

T = TypeVar("T")

_LOOK_SECONDS = 0.2
SETTLE_SECONDS = 15.0
"""Until another tool sees what the platform has claimed."""

NEEDED = frozenset({Capability.DEFINE, Capability.REMOVE, Capability.START, Capability.KILL})
"""To have guests to look at, and to leave none behind."""


class Workbench:
    """One application with the server of a lab in it.

    Guests are dear: a test that leaves its VM as it was takes a shared one (`running`, `stopped`), any other makes
    its own (`define`), which the bench removes at the end of the test. The shared ones are two, so that a test seldom
    has to boot or to end one first.

    :ivar server: for what the services do not ask
    :ivar unseen: what the lab could not look at, so that the platform alone has said it
    """

    def __init__(self, app: Application, lab: Lab) -> None:
        self.app = app
        self.lab = lab
        self.node = self._add(lab.node())
        self._other: ManagedNode | None = None
        self._shared: dict[str, str] = {}
        self._own: list[str] = []
        self.unseen = set[str]()
        self._refuse_too_little()

    @property
    def server(self) -> Server:
        """The server under test."""
        return self.app.servers.get(self.node.id)

    @property
    def platform(self) -> Platform:
        """What its platform says of itself."""
        return self.server.platform

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What the server says that it can do."""
        return self.look(lambda vnode: vnode.capabilities)

    def runs(self, capability: Capability) -> bool:
        """Whether a capability is declared, and this lab runs it."""
        left_out = {*self.lab.definition_only, *self.lab.not_here}
        return capability in self.capabilities and capability not in left_out

    def other(self) -> ManagedNode:
        """Return the second server; fail if the lab has none."""
        if self._other is None:
            wanted = self.lab.elsewhere()
            assert wanted is not None, (
                "the platform declares migrations, and the lab has no second server: write Lab.elsewhere"
            )
            self._other = self._add(wanted)
        return self._other

    # VMs

    def name(self, what: str = "vm") -> str:
        """Return a name that no VM has."""
        return f"kit-{what}-{secrets.token_hex(4)}"

    def define(self, what: str = "vm", **values: object) -> ListedVM:
        """Define a stopped VM, which is removed when the test ends."""
        return self._define({**self.lab.values(self.name(what)), **values})

    def started(self, what: str = "vm", **values: object) -> ListedVM:
        """Define such a VM and return it once its guest has booted."""
        return self._boot(self.define(what, **values))

    def deaf(self) -> ListedVM | None:
        """Likewise one whose guest does not listen; None: the lab has none."""
        values = self.lab.deaf_values(self.name("deaf"))
        return None if values is None else self._boot(self._define(values))

    def stopped(self) -> ListedVM:
        """Return a shared VM, stopped."""
        return self._end(self._shared_vm("stopped"))

    def running(self) -> ListedVM:
        """Return a shared VM, running, its guest booted."""
        vm = self._shared_vm("running")
        if vm.vm.state is VMState.RUNNING:
            return vm
        if vm.vm.state is VMState.PAUSED and Capability.RESUME in self.capabilities:
            return self.do(Capability.RESUME, vm)
        return self._boot(self._end(vm))

    def find(self, key: str, on: ManagedNode | None = None) -> ListedVM:
        """Return a VM as its server lists it now.

        :param on: None: the server under test
        """
        [answer] = self.app.vms.list([on or self.node], deadline_seconds=self.lab.answer_seconds)
        if answer.error is not None:
            raise answer.error
        for vm in answer.vms:
            if vm.ref.key == key:
                return vm
        raise NotFound(f"{answer.node.name} lists no VM with the key {key}.")

    def listed_keys(self) -> set[str]:
        """Return the keys of all VMs that the server lists."""
        return {vm.key for vm in self.look(lambda vnode: vnode.vms())}

    def keys_of(self, node: ManagedNode) -> set[str]:
        """Return the keys of all VMs that another server lists."""
        server, seconds = self.app.servers.get(node.id), self.lab.answer_seconds
        return {vm.key for vm in server.look(lambda vnode: vnode.vms(), deadline_seconds=seconds)}

    def config(self, name: str = "kit-config", **values: object) -> VMConfig:
        """Return a definition that no server has."""
        source = ConfigSource("values", values={**self.lab.values(name), **values}, options=self.node.options)
        return self.app.plugins.call(self.node.platform, VMConfigSpec.convirt_create_vm_config, source=source)

    def stored(self, vm: ListedVM) -> VMConfig:
        """Read a VM's definition."""
        return self.call(lambda _, vmm: vmm.config(vm.ref.key))

    def info(self, vm: ListedVM) -> VMInfo:
        """Read a VM's running side."""
        return self.call(lambda _, vmm: vmm.info(vm.ref.key))

    def adopt(self, key: str) -> None:
        """Remove a VM at the end of the test that the test has made by itself."""
        self._own.append(key)

    def remove_file(self, path: str) -> None:
        """Remove a file of the server, if it is there."""
        with suppress(NotFound):
            self.server.proxy.remove_file(path)

    def wait_until(self, is_so: Callable[[], bool], what: str) -> None:
        """Return once it is so; fail when that takes longer than an answer may."""
        end = time.monotonic() + max(SETTLE_SECONDS, self.lab.answer_seconds)
        while not is_so():
            if time.monotonic() > end:
                raise AssertionError(f"it took too long until {what}")
            time.sleep(_LOOK_SECONDS)

    def look(self, function: Callable[[VNode], T]) -> T:
        """Ask the VNode."""
        return self.server.look(function, deadline_seconds=self.lab.answer_seconds)

    def call(self, function: Callable[[VNode, VMM], T]) -> T:
        """Ask the VMM, or have it change something, which takes as long as anywhere, or longer on a slow server."""
        return self.server.call(function, deadline_seconds=max(READ_SECONDS, self.lab.answer_seconds))

    # what is done

    def do(self, capability: Capability, vm: ListedVM, *, path: str = "") -> ListedVM:
        """Do an operation as a user would; return the VM once it is seen done, by the witness too."""
        self.app.lifecycle.run(capability, vm, path=path, deadline_seconds=self.deadline(capability))
        now = self.find(vm.ref.key)
        self.check_witness(now)
        return now

    def remove(self, vm: ListedVM) -> None:
        """Remove a stopped VM as a user would."""
        self.app.lifecycle.remove(vm, deadline_seconds=self.deadline(Capability.REMOVE))

    def deadline(self, capability: Capability) -> float:
        """Return how long an operation may take here."""
        return self.lab.deadlines.get(capability, OPERATIONS[capability].deadline_seconds)

    def boots(self, vm: ListedVM) -> int | None:
        """Return how often a guest has booted; None: the lab does not see it."""
        boots = self.lab.boots(vm)
        if boots is None:
            self.unseen.add("boots")
        return boots

    def check_witness(self, vm: ListedVM) -> None:
        """Fail unless the server's other tool sees the VM in the state that the platform claims."""
        if witnessed(self.lab, vm) is None:
            self.unseen.add("states")
        end = time.monotonic() + SETTLE_SECONDS
        while (seen := witnessed(self.lab, vm)) is not None and seen is not vm.vm.state:
            if time.monotonic() > end:
                raise AssertionError(
                    f"{vm.name} is {vm.vm.state} for the platform {self.node.platform}, and {seen} for the server's "
                    "own tool"
                )
            time.sleep(_LOOK_SECONDS)

    def clear(self) -> None:
        """Remove the VMs that a test has made."""
        while self._own:
            self._remove(self._own.pop())

    def close(self) -> None:
        """Remove the shared VMs too."""
        self.clear()
        for key in self._shared.values():
            self._remove(key)

    def _define(self, values: Mapping[str, object]) -> ListedVM:
        ref = self.app.lifecycle.define(self.node, values=values)
        self._own.append(ref.key)
        return self.find(ref.key)

    def _shared_vm(self, what: str) -> ListedVM:
        """Return the shared VM of a name; another one if the last was lost or broken by a test."""
        try:
            vm = self.find(self._shared.get(what, ""))
        except NotFound:
            vm = self.define(what)
            self._own.remove(vm.ref.key)
            self._shared[what] = vm.ref.key
        return vm

    def _end(self, vm: ListedVM) -> ListedVM:
        """Return a VM, stopped, whatever it does."""
        if vm.vm.state.is_resident:
            return self.do(Capability.KILL, vm)
        if vm.vm.state is VMState.SAVED:  # the saved state goes with its next run
            return self.do(Capability.KILL, self.do(Capability.START, vm))
        return vm

    def _boot(self, vm: ListedVM) -> ListedVM:
        vm = self.do(Capability.START, vm)
        self.lab.wait_booted(self.app, vm)
        return vm

    def _remove(self, key: str) -> None:
        for node in self.app.servers.all():
            with suppress(NotFound):
                vm = self.find(key, node)
                if vm.vm.state.is_resident:
                    self.app.lifecycle.run(Capability.KILL, vm, deadline_seconds=self.deadline(Capability.KILL))
                self.remove(self.find(key, node))

    def _refuse_too_little(self) -> None:
        if lacking := sorted(NEEDED - self.capabilities):
            words = ", ".join(lacking)
            raise AssertionError(f"the kit itself needs of {self.node.platform} what it does not declare: {words}")

    def _add(self, wanted: ManagedNode) -> ManagedNode:
        return self.app.grid.add_server(
            wanted.name,
            address=wanted.address,
            platform=wanted.platform,
            user=wanted.user,
            ssh_port=wanted.ssh_port,
            options=wanted.options,
        )
