"""The platform's own options of a server, as its form says."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from convirt_cli import form_values
from convirt_core.forms import Form, NodeFormMode
from convirt_core.hookspecs import PlatformUIHelperSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convirt_cli.invocation import Invocation


def node_form(run: Invocation, platform: str, mode: NodeFormMode) -> Form:
    """Return the questions of the platform and of every extension about a server, as one form."""
    answers = run.plugins.ask(platform, PlatformUIHelperSpec.convirt_node_form, mode=mode)
    pages = tuple(page for answer in answers if answer.value is not None for page in answer.value.pages)
    return Form(f"{platform} server", pages)


def node_options_of(
    run: Invocation, platform: str, mode: NodeFormMode, assignments: Iterable[tuple[str, str]]
) -> dict[str, str | int | bool]:
    """Return the values of `--option`, checked by the form. Raises `InvalidInput`."""
    values = form_values.read(node_form(run, platform, mode), assignments)
    return cast("dict[str, str | int | bool]", values)  # the inventory keeps nothing else: no tables
