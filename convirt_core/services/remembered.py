"""What servers answered to earlier listings, kept on disk for the next command."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from attrs import fields

from convirt_core.json_file import JsonFile
from convirt_core.model import Capability, VMState
from convirt_core.platforms import VM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from convirt_core.model import ManagedNode

_FORMAT = 1
_OF_SERVER = "capabilities"
_NAMES = [field.name for field in fields(VM) if field.name != _OF_SERVER]


class Remembered(NamedTuple):
    """An earlier answer.

    :param vms: for showing only: what a platform's own class adds to them is not kept
    """

    age_seconds: float
    vms: list[VM]


class Memory:
    """One file for each server. Any process; a file that is damaged or of another version counts as none.

    :param folder: made when it is first written to
    :param clock: UTC, seconds
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock

    def find(self, node: ManagedNode, max_age_seconds: float) -> Remembered | None:
        """Return what the server answered, unless that is older, or the server was edited since."""
        data = self._file(node).read()
        if (data.get("format"), data.get("row_version")) != (_FORMAT, node.row_version):
            return None
        try:
            age = self._clock() - float(str(data["answered_at"]))
            if not 0 <= age <= max_age_seconds:
                return None
            return Remembered(age, _vms(data))
        except (KeyError, TypeError, ValueError):
            return None

    def keep(self, node: ManagedNode, vms: Iterable[VM]) -> None:
        """Keep what a server has just answered. Never fails: the answer itself is worth more."""
        listed = list(vms)
        capabilities = {capability for vm in listed for capability in vm.capabilities}
        self._file(node).write(
            {
                "format": _FORMAT,
                "row_version": node.row_version,
                "answered_at": self._clock(),
                "capabilities": sorted(capabilities),
                "vms": [{name: getattr(vm, name) for name in _NAMES} for vm in listed],
            }
        )

    def forget(self, node: ManagedNode) -> None:
        """Remove what was kept of a server that is gone. Never fails."""
        self._file(node).remove()

    def _file(self, node: ManagedNode) -> JsonFile:
        return JsonFile(self._folder / f"{node.id}.json")


def _vms(data: dict[str, Any]) -> list[VM]:
    capabilities = frozenset(Capability(name) for name in data["capabilities"])
    return [VM(**{**values, "state": VMState(values["state"]), "capabilities": capabilities}) for values in data["vms"]]
