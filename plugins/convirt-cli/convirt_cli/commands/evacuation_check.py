"""`convirt server evacuate --check`: where each VM would go, and what stands against it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from convirt_cli import failure
from convirt_cli.exit_codes import ExitCode, exit_code_of, together
from convirt_cli.parts import Heading
from convirt_cli.shapes import findings, migrations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.invocation import Invocation
    from convirt_core.model import ManagedNode
    from convirt_core.services.migration import EvacuationOptions, Prospect

KEYS = {
    "vms[].destination": "name of the server that it would go to; only with --check",
    "vms[].copies[]": "paths of the files that would be copied there; only with --check",
    "vms[].findings[].*": "what the checks found, as with `vm migrate --check`; only with --check",
}


def check_evacuation(
    run: Invocation, server: ManagedNode, destinations: Sequence[ManagedNode], how: EvacuationOptions
) -> ExitCode:
    """Show what would become of each VM as soon as it is known; return the code of what stands against them."""
    told: list[Prospect] = []

    def tell(prospect: Prospect) -> None:
        told.append(prospect)
        if not run.as_json:
            _tell(run, prospect, is_first=len(told) == 1)

    prospects = run.app.migrations.plan_evacuation(server, destinations, how, told=tell)
    codes = [_code(prospect) for prospect in prospects]
    staying = [one.vm.name for one, code in zip(prospects, codes, strict=True) if code]
    run.answer(
        {"server": server.name, "vms": [_as_data(prospect) for prospect in prospects]},
        _summary(server, len(prospects), staying),
    )
    return together(code for code in codes if code)


def _tell(run: Invocation, prospect: Prospect, *, is_first: bool) -> None:
    if prospect.plan is not None:
        heading = f"{prospect.vm.name} to {prospect.plan.request.destination.name}"
        run.show(Heading(heading, is_first), migrations.found(prospect.plan))
    elif prospect.error is not None:
        failure.tell(prospect.error, sys.stderr, target=prospect.vm.name)


def _code(prospect: Prospect) -> ExitCode:
    if prospect.plan is not None:
        return findings.exit_code(prospect.plan.findings)
    return ExitCode.DONE if prospect.error is None else exit_code_of(prospect.error)


def _summary(server: ManagedNode, count: int, staying: Sequence[str]) -> str:
    if not count:
        return f"{server.name} has no VMs."
    if not staying:
        return f"\nAll {count} can move."
    return f"\n{count - len(staying)} of {count} can move; something stands against {', '.join(staying)}."


def _as_data(prospect: Prospect) -> dict[str, object]:
    data: dict[str, object] = {
        "vm": prospect.vm.name,
        "key": prospect.vm.ref.key,
        "moved": False,
        "server": prospect.vm.server.name,
        "message": "",
    }
    if prospect.plan is not None:
        said = migrations.as_data(prospect.plan, None)
        data |= {key: said[key] for key in ("destination", "copies", "findings")}
    return data if prospect.error is None else data | {"error": failure.as_data(prospect.error)}
