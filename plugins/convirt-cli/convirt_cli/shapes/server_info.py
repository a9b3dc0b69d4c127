"""All that is shown of a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_cli import failure
from convirt_cli.exit_codes import ExitCode, exit_code_of
from convirt_cli.shapes import environment, sections, servers, under

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from convirt_cli.parts import Part
    from convirt_core.errors import ConvirtError
    from convirt_core.model import ServerPool
    from convirt_core.services.server_info import ServerInfo

KEYS = {
    **under("server", servers.KEYS),
    "environment": "what the server is beneath its hypervisor; null where it could not be read",
    **under("environment", environment.KEYS),
    **under("sections[]", sections.KEYS),
    "errors[].about": "what could not be read: `hypervisor` or `environment`",
    "errors[].kind": "as of `error.kind`",
    "errors[].message": "one sentence",
    "errors[].remedy": "what to try, or empty",
}


def as_data(info: ServerInfo, pools: Sequence[ServerPool]) -> dict[str, object]:
    """Return what `KEYS` says."""
    return {
        "server": servers.as_data(info.node, pools),
        "environment": environment.as_data(info.environment) if info.environment else None,
        "sections": [sections.as_data(section) for section in info.sections],
        "errors": [{"about": about, **failure.as_data(error)} for about, error in _errors(info)],
    }


def parts(info: ServerInfo) -> list[Part]:
    """Return what the inventory knows, then the environment, then what hypervisor and plugins say."""
    ours, *told = sections.facts(info.sections)
    beneath = environment.parts(info.environment) if info.environment else ()
    errors = (
        f"The {about} could not be read: {error.message} {error.remedy}".rstrip() for about, error in _errors(info)
    )
    return [ours, *beneath, *told, *errors]


def exit_code(info: ServerInfo) -> ExitCode:
    """Return that of what could not be read."""
    return next((exit_code_of(error) for _, error in _errors(info)), ExitCode.DONE)


def _errors(info: ServerInfo) -> Iterator[tuple[str, ConvirtError]]:
    if info.hypervisor_error:
        yield "hypervisor", info.hypervisor_error
    if info.environment_error:
        yield "environment", info.environment_error


def _sentence(about: str, error: ConvirtError) -> str:
    return f"The {about} could not be read: {error.message} {error.remedy}".rstrip()
