"""`convirt plugin`: what is installed, whether it works, and switching it on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import names, targets
from convirt_cli.command import Group
from convirt_cli.exit_codes import ExitCode
from convirt_cli.node_form import node_form
from convirt_cli.shapes import plugins, under
from convirt_core.errors import NotFound
from convirt_core.forms import NodeFormMode
from convirt_core.plugins import PluginState, PluginStatus, normal_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.invocation import Invocation
    from convirt_cli.parts import Part

some_ids = click.argument("wanted", metavar="PLUGIN...", nargs=-1, required=True, shell_complete=names.plugins)

_BAD = frozenset({PluginState.FAILED, PluginState.CONFLICT, PluginState.INCOMPATIBLE})


@click.group(cls=Group)
def plugin() -> None:
    """Platforms and extensions that are installed."""


@plugin.command("list", keys=under("plugins[]", plugins.KEYS))
@click.pass_obj
def list_plugins(run: Invocation) -> None:
    """List what is installed, with the last known failures; imports none of it."""
    found = run.plugins.list()
    data = {"plugins": [plugins.as_data(one) for one in found]}
    run.answer(data, plugins.table(found) if found else "No plugins. Install one: pip install convirt-kvm")


@plugin.command("check", keys=under("plugins[]", plugins.KEYS))
@click.argument("wanted", metavar="[PLUGIN]...", nargs=-1, shell_complete=names.plugins)
@click.pass_obj
def check(run: Invocation, wanted: Sequence[str]) -> ExitCode:
    """Import each plugin in a process of its own and keep the result."""
    found = run.plugins.check(wanted or None)
    run.answer({"plugins": [plugins.as_data(one) for one in found]}, plugins.table(found))
    return ExitCode.PLUGIN if any(one.state in _BAD for one in found) else ExitCode.DONE


@plugin.command("show", keys={**under("plugins[]", plugins.KEYS), **under("platform", plugins.PLATFORM_KEYS)})
@click.argument("plugin_id", metavar="PLUGIN", shell_complete=names.plugins)
@click.pass_obj
def show(run: Invocation, plugin_id: str) -> None:
    """Show a plugin; of a platform also what it can do and its server options."""
    found = _found(run, plugin_id)
    data: dict[str, object] = {"plugins": [plugins.as_data(one) for one in found]}
    parts: list[Part] = [plugins.facts(one) for one in found]
    name = found[0].name
    if found[0].group == "convirt.platforms" and name in run.plugins.platforms():
        platform, form = run.plugins.platform(name), node_form(run, name, NodeFormMode.ADD)
        data["platform"] = plugins.platform_as_data(platform, form)
        parts.extend(plugins.platform_parts(platform, form))
    run.answer(data, *parts)


@plugin.command("disable", keys=targets.KEYS)
@some_ids
@click.pass_obj
def disable(run: Invocation, wanted: Sequence[str]) -> ExitCode:
    """Switch plugins off, by id (platforms:kvm) or by distribution (dist:convirt-kvm)."""
    return targets.run_each(run, wanted, lambda plugin_id: _switched(run, plugin_id, on=False))


@plugin.command("enable", keys=targets.KEYS)
@some_ids
@click.pass_obj
def enable(run: Invocation, wanted: Sequence[str]) -> ExitCode:
    """Switch plugins on again."""
    return targets.run_each(run, wanted, lambda plugin_id: _switched(run, plugin_id, on=True))


@plugin.command(
    "commands", keys={"commands[].name": "to type after `convirt`", "commands[].distribution": "that it comes with"}
)
@click.pass_obj
def commands(run: Invocation) -> None:
    """List the commands that plugins add."""
    found = [one for one in run.plugins.list() if one.group == "convirt.commands"]
    data = {"commands": [{"name": one.name, "distribution": one.distribution} for one in found]}
    run.answer(data, plugins.table(found) if found else "No plugin adds a command.")


def _found(run: Invocation, plugin_id: str) -> list[PluginStatus]:
    """Return the plugins of this id or name: several, where distributions claim one name."""
    every = run.plugins.list()
    found = [one for one in every if plugin_id in {one.id, one.name}]
    if not found:
        raise NotFound(f"There is no plugin {plugin_id!r}.", remedy="See 'convirt plugin list'.")
    return found


def _id_of(run: Invocation, wanted: str) -> str:
    """Return the id of what is installed. Raises `NotFound`: a mistyped id would switch nothing, silently."""
    if not wanted.startswith("dist:"):
        return _found(run, wanted)[0].id
    if normal_id(wanted) not in {normal_id(f"dist:{one.distribution}") for one in run.plugins.list()}:
        raise NotFound(f"No plugin of {wanted!r} is installed.", remedy="See 'convirt plugin list'.")
    return wanted


def _switched(run: Invocation, wanted: str, *, on: bool) -> str:
    settings = run.settings
    # What was uninstalled while it was switched off can still be taken off the list.
    is_listed = normal_id(wanted) in map(normal_id, settings.disabled_plugins)
    plugin_id = wanted if on and is_listed else _id_of(run, wanted)
    if on:
        settings.enable(plugin_id)
    else:
        settings.disable(plugin_id)
    return f"{plugin_id} is switched {'on' if on else 'off'} in {settings.config_file}."
