"""What `xl`, Xen's own tool, says in domain 0. Formats: Xen 4.17, `tools/xl/xl_list.c` and `xl_info.c`."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from convirt_core.model import VMState
from convirt_libvirt.prerequisites import run_if_there
from convirt_xen.vm import XenVM

if TYPE_CHECKING:
    from convirt_core.platforms import CommandResult, NodeProxy

_logger = logging.getLogger("convirt.xen")
_PATH = 'PATH="$PATH:/usr/sbin:/sbin"; '
"""A login that is not root's may not have it."""

_STATES = {"c": VMState.CRASHED, "d": VMState.STOPPING, "s": VMState.STOPPING, "p": VMState.PAUSED}
"""By the letters of xl's column; without one of them a domain runs, or waits for something to do."""

Run = tuple[int, str]
"""A run of a domain: its number and name."""

Runs = Mapping[Run, Mapping[str, Any]]
"""What each run is made of, which stays the same; to ask for it costs more than the table."""

Row = tuple[VMState, int, int]
"""State, MiB, vCPUs."""


def run_xl(proxy: NodeProxy, command: str) -> CommandResult:
    """Run a command of `xl`; a server without it answers with an exit code."""
    return run_if_there(proxy, "sh", "-c", f"{_PATH}exec xl {command}")


def xl_domains(proxy: NodeProxy, runs: Runs) -> tuple[list[XenVM], Runs]:
    """Return what Xen holds beside domain 0, as if libvirt knew none of it, and what is known of the runs then.

    One command, and another one where a run has begun since. Who may not use `xl` sees nothing.

    :param runs: what was known before
    """
    try:
        rows = read_table(_said(proxy, "list"))
        if not rows.keys() <= runs.keys():
            runs = read_runs(_said(proxy, "list -l"))
    except (ValueError, KeyError, TypeError) as error:
        _logger.warning("xl list is not understood: %s", error)
        return [], {}
    held = {run: runs[run] for run in rows if "uuid" in runs.get(run, {}).get("c_info", {})}  # domain 0 has none
    return [_domain(run[0], config, rows[run]) for run, config in held.items()], runs


def _said(proxy: NodeProxy, command: str) -> str:
    result = run_xl(proxy, command)
    return "" if result.exit_code else result.text


def read_runs(text: str) -> Runs:
    """Read the JSON of `xl list -l`.

    :raises ValueError: it is none
    :raises KeyError: likewise
    """
    return {(entry["domid"], entry["config"]["c_info"]["name"]): entry["config"] for entry in json.loads(text or "[]")}


def _domain(number: int, config: Mapping[str, Any], row: Row) -> XenVM:
    common, build = config["c_info"], config["b_info"]
    state, mebibytes, vcpus = row
    vm = XenVM(common["uuid"], common["name"], state, frozenset(), number, "made with xl", persistent=False)
    vm.memory_bytes, vm.memory_limit_bytes = mebibytes << 20, build.get("max_memkb", 0) << 10
    vm.vcpus, vm.kind, vm.made_by_xl = vcpus, common.get("type", ""), True
    return vm


def read_table(text: str) -> dict[Run, Row]:
    """Read the table of `xl list`. Only the first column may hold blanks. Raises `ValueError`."""
    rows = {}
    for line in text.splitlines()[1:]:
        name, number, mebibytes, vcpus, letters, _ = line.rsplit(None, 5)
        state = next((state for letter, state in _STATES.items() if letter in letters), VMState.RUNNING)
        rows[int(number), name] = (state, int(mebibytes), int(vcpus))
    return rows


def number_held(proxy: NodeProxy, key: str) -> str:
    """Return the number of the domain that Xen holds of a VM, also of a half one, which `xl list -l` leaves out.

    One that is dying counts as none: it is gone in a moment.
    """
    rows = (line.rsplit(None, 8) for line in _said(proxy, "list -v").splitlines())
    return next((row[1] for row in rows if key in row and "d" not in row[4]), "")


def xl_info(proxy: NodeProxy) -> dict[str, str]:
    """Return what the server is, by xl's names, such as `xen_version`; empty for who may not use `xl`."""
    return read_info(_said(proxy, "info"))


def read_info(text: str) -> dict[str, str]:
    """Read lines of `name : value`."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}
