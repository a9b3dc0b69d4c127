"""What `xl`, Xen's own tool, says in domain 0. Formats: Xen 4.17, `tools/xl/xl_list.c` and `xl_info.c`."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from convirt_core.model import VMState
from convirt_libvirt.prerequisites import run_if_there
from convirt_xen.vm import XenVM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convirt_core.platforms import CommandResult, NodeProxy

_logger = logging.getLogger("convirt.xen")
_KIB, _MIB = 1 << 10, 1 << 20
_PATH = 'PATH="$PATH:/usr/sbin:/sbin"; '
"""A login that is not root's may not have it."""

_STATES = {"c": VMState.CRASHED, "d": VMState.STOPPING, "s": VMState.STOPPING, "p": VMState.PAUSED}
"""By the letters of xl's column; without one of them a domain runs, or waits for something to do."""

Row = tuple[VMState, int, int]
"""State, MiB, vCPUs."""


def run_xl(proxy: NodeProxy, script: str) -> CommandResult:
    """Run commands of `xl`; a server without it answers with an exit code."""
    return run_if_there(proxy, "sh", "-c", _PATH + script)


def xl_domains(proxy: NodeProxy) -> list[XenVM]:
    """Return what Xen holds beside domain 0, by one command, as if libvirt knew none of it.

    Who may not use `xl` sees nothing.
    """
    result = run_xl(proxy, "xl list && xl list -l")
    if result.exit_code:
        return []
    try:
        return read_domains(result.text)
    except (ValueError, KeyError, TypeError) as error:
        _logger.warning("xl list is not understood: %s", error)
        return []


def read_domains(text: str) -> list[XenVM]:
    """Read a table of `xl list` with the JSON of `xl list -l` behind it.

    :raises ValueError: it is neither
    :raises KeyError: likewise
    """
    table, bracket, rest = text.partition("\n[")
    rows = read_table(table)
    entries: Sequence[Mapping[str, Any]] = json.loads(bracket + rest)
    return [
        _domain(entry["domid"], entry["config"], rows[entry["domid"]])
        for entry in entries
        if entry["domid"] in rows and "uuid" in entry["config"]["c_info"]  # domain 0 has none
    ]


def _domain(number: int, config: Mapping[str, Any], row: Row) -> XenVM:
    common, build = config["c_info"], config["b_info"]
    state, mebibytes, vcpus = row
    vm = XenVM(common["uuid"], common["name"], state, frozenset(), number, "made with xl", persistent=False)
    vm.memory_bytes, vm.memory_limit_bytes = mebibytes * _MIB, build.get("max_memkb", 0) * _KIB
    vm.vcpus, vm.kind, vm.made_by_xl = vcpus, common.get("type", ""), True
    return vm


def read_table(text: str) -> dict[int, Row]:
    """Read the table of `xl list`: id → row. Only the first column may hold blanks."""
    rows = {}
    for line in text.splitlines()[1:]:
        _, number, mebibytes, vcpus, letters, _ = line.rsplit(None, 5)
        state = next((state for letter, state in _STATES.items() if letter in letters), VMState.RUNNING)
        rows[int(number)] = (state, int(mebibytes), int(vcpus))
    return rows


def xl_info(proxy: NodeProxy) -> dict[str, str]:
    """Return what the server is, by xl's names, such as `xen_version`; empty for who may not use `xl`."""
    result = run_xl(proxy, "xl info")
    return read_info(result.text) if result.exit_code == 0 else {}


def read_info(text: str) -> dict[str, str]:
    """Read lines of `name : value`."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}
