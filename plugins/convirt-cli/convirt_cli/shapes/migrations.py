"""Migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_cli.shapes import findings

if TYPE_CHECKING:
    from convirt_cli.parts import Part
    from convirt_core.services.migration import Moved, Plan

KEYS = {
    "vm": "the VM's name",
    "key": "the platform's",
    "source": "name of the server that it is, or was, on",
    "destination": "name of the server that it is to go to",
    "live": "whether it runs meanwhile",
    "copies[]": "paths of the files that are copied to the destination",
    "findings[].*": "what the checks found: `code`, `category`, `severity`, `message`, `remedy`, `plugin`",
    "moved": "whether it has moved; false with --check",
    "message": "what was done, in a sentence; empty with --check",
    "seconds": "that it took; null with --check",
    "downtime_milliseconds": "that it stood still, as measured; null: it did not run, or it is not known",
    "kept_disks[]": "paths of disks that stay on the source although they were copied",
}


def as_data(plan: Plan, moved: Moved | None) -> dict[str, object]:
    """Return what `KEYS` says."""
    request = plan.request
    return {
        "vm": request.vm_name,
        "key": request.vm.key,
        "source": request.source.name,
        "destination": request.destination.name,
        "live": request.live,
        "copies": [file.path for file in plan.copies],
        "findings": [findings.as_data(finding) for finding in plan.findings],
        "moved": moved is not None,
        "message": moved.sentence if moved else "",
        "seconds": round(moved.seconds, 3) if moved else None,
        "downtime_milliseconds": moved.downtime_milliseconds if moved else None,
        "kept_disks": list(moved.kept_disks) if moved else [],
    }


def found(plan: Plan) -> Part:
    """Return what stands against a migration."""
    if plan.findings:
        return findings.table(plan.findings)
    return f"Nothing stands against moving {plan.request.vm_name} to {plan.request.destination.name}."
