"""A platform in memory fulfils the contract; with a fault planted (`KIT_FAULT`), all of it but what names the fault."""

from __future__ import annotations

import itertools
import os
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from labs.false_claims import FalseClaims
from labs.plain_toy.faults import FAULTS, planted
from labs.plain_toy.hypervisor import Hypervisor, Machine
from labs.plain_toy.plugin import ToyPlatform

from convirt_core.app import Application
from convirt_core.model import OPERATIONS, Capability, Disk, ManagedNode, VMState
from convirt_core.plugins import FailureLog, Plugins
from convirt_core.plugins.candidates import Candidate
from convirt_core.settings import Settings
from convirt_core.testing import Lab, PlatformContract

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from convirt_core.services.listed import ListedVM

FAULT = os.environ.get("KIT_FAULT", "")
CLAIMS = () if FAULT else (FalseClaims,)
"""One fault at a time."""

HERE, THERE = Hypervisor(), Hypervisor()


class Here(Candidate):
    """The toy, as if it were installed."""

    def load(self) -> object:
        return type("Toy", (ToyPlatform,), {"hypervisors": {"toybox": HERE, "toybox2": THERE}})


class ToyApplication(Application):
    """An application that has the toy and nothing else."""

    def _make_plugins(self) -> Plugins:
        found = [Here("convirt.platforms", "toy", "labs.plain_toy.plugin", "ToyPlatform", "convirt-toy", "1.0")]
        results = FailureLog(self.settings.data_folder / "results.json")
        return Plugins(context_for=self._context, failures=results, find=lambda: found)


class ToyLab(Lab):
    """The hypervisor of this process."""

    answer_seconds = 3.0
    deaf_seconds = 0.5
    deadlines = MappingProxyType(dict.fromkeys(OPERATIONS, 2.0))
    dialogue = (b"hallo", b"hallo")

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()

    def node(self) -> ManagedNode:
        return ManagedNode("", "toybox", "toy", options={"port": 8003})

    def elsewhere(self) -> ManagedNode | None:
        return ManagedNode("", "toybox2", "toy")

    def values(self, name: str) -> Mapping[str, object]:
        return {"name": name, "memory": 64, "maxmem": 256, "vcpus": 1, "maxvcpus": 2}

    def deaf_values(self, name: str) -> Mapping[str, object] | None:
        return {**self.values(name), "extra": "deaf"}

    def witness(self, vm: ListedVM) -> VMState | None:
        machine = self._machines(vm).get(vm.ref.key)
        return VMState.ABSENT if machine is None else machine.state

    def boots(self, vm: ListedVM) -> int | None:
        return self._machines(vm)[vm.ref.key].boots

    def moves_with(self, way: Capability, vm: ListedVM) -> bool | None:
        machine = self._machines(vm).get(vm.ref.key)
        way = machine.way if machine is not None else None  # read once: it is None as soon as the machine has moved
        return way is not None and way.bandwidth_bytes_per_second > 0

    def disk_values(self) -> Mapping[str, object]:
        path = self._folder / f"{next(self._numbers)}.raw"
        path.write_bytes(bytes(512))
        return {"disk": [f"file:{path},xvda,w"]}

    def new_disk(self, name: str) -> Disk | None:
        path = self._folder / name
        path.touch()
        return Disk("xvdb", str(path), format="raw")

    def with_stranger(self, text: str) -> tuple[str, str] | None:
        return text.replace("{", '{"colour": "kit-stranger", ', 1), "kit-stranger"

    def scratch_path(self, name: str) -> str:
        return str(self._folder / name)

    def hung(self) -> AbstractContextManager[None]:
        return self._hung()

    @staticmethod
    def _machines(vm: ListedVM) -> Mapping[str, Machine]:
        return (HERE if vm.server.name == "toybox" else THERE).machines

    @contextmanager
    def _hung(self) -> Iterator[None]:
        HERE.answers.clear()
        try:
            yield
        finally:
            HERE.answers.set()


class TestToy(*CLAIMS, PlatformContract):
    @pytest.fixture(scope="class")
    @classmethod
    def lab(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
        with planted(FAULTS[FAULT] if FAULT else ()):
            yield ToyLab(tmp_path_factory.mktemp("toy"))

    @pytest.fixture(scope="class")
    @classmethod
    def application(cls, lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
        folder = tmp_path_factory.mktemp("convirt")
        paths = {"CONVIRT_CONFIG": str(folder / "config.toml"), "CONVIRT_DATA": str(folder / "data")}
        with ToyApplication(Settings.load(paths)) as app:
            yield app
