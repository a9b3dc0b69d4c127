"""`convirt vm info`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli.answers import SEVERAL, Answer, answer_each
from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import AT_ONCE, some_vms
from convirt_cli.shapes import devices, sections, under, vms
from convirt_core.errors import NotSupported, WrongState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.exit_codes import ExitCode
    from convirt_cli.invocation import Invocation
    from convirt_cli.parts import Part
    from convirt_core.model import GraphicalConsole
    from convirt_core.services.listed import ListedVM

KEYS = {
    **under("vm", vms.KEYS),
    "config.*": "the definition's keys as of a python-config file; empty for a VM without one; never a secret",
    "pending.*": "`memory_bytes`, `memory_limit_bytes`, `vcpus` from its next start on, where they differ from `vm`",
    **under("disks[]", devices.DISK_KEYS),
    **under("nics[]", devices.NIC_KEYS),
    "screen": "null unless it runs with a screen",
    **under("screen", devices.SCREEN_KEYS),
    **under("sections[]", sections.KEYS),
    **SEVERAL,
}


@click.command("info", cls=Command, keys=KEYS)
@some_vms
@click.pass_obj
def info(run: Invocation, wanted: Sequence[str]) -> ExitCode:
    """Show what VMs are and what they do now."""
    return answer_each(run, wanted, lambda name: _info(run, name), at_once=AT_ONCE)


def _info(run: Invocation, name: str) -> Answer:
    listed = run.app.vms.find(name)
    details = run.app.vms.details(listed.ref)
    shown = run.app.vms.info_sections(listed.ref)
    screen = _screen(run, listed)
    data = {
        "vm": vms.as_data(listed),
        "config": details.config.public_values() if details.config else {},
        "pending": vms.pending(details),
        "disks": devices.disks_of(details),
        "nics": devices.nics_of(details),
        "screen": devices.screen_as_data(screen) if screen else None,
        "sections": [sections.as_data(section) for section in shown],
    }
    parts: list[Part] = [
        *sections.facts(shown),
        *vms.pending_facts(details),
        devices.disk_table(details),
        devices.nic_table(details),
    ]
    return Answer(data, [*parts, *([devices.screen_facts(screen)] if screen else [])])


def _screen(run: Invocation, listed: ListedVM) -> GraphicalConsole | None:
    try:
        return run.app.lifecycle.graphical_console(listed)
    except (NotSupported, WrongState):
        return None
