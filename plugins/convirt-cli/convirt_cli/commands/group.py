"""`convirt group`: sets of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from convirt_cli import names, options, targets
from convirt_cli.command import Group
from convirt_cli.removal import remove_each
from convirt_cli.shapes import images, under

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_cli.exit_codes import ExitCode
    from convirt_cli.invocation import Invocation
    from convirt_core.model import ImageGroup


@click.group(cls=Group)
def group() -> None:
    """Groups of images."""


@group.command("list", keys=under("groups[]", images.GROUP_KEYS))
@click.pass_obj
def list_groups(run: Invocation) -> None:
    """List the groups with their images."""
    groups, members = run.app.images.groups(), run.app.images.images()
    data = {"groups": [images.group_as_data(one, members) for one in groups]}
    run.answer(data, images.group_table(groups, members) if groups else "No groups. Add one: convirt group add NAME")


@group.command("add", keys=targets.KEYS)
@click.argument("wanted", metavar="NAME...", nargs=-1, required=True)
@click.pass_obj
def add(run: Invocation, wanted: Sequence[str]) -> ExitCode:
    """Add empty groups."""
    return targets.run_each(run, wanted, lambda name: f"Added the group {run.app.images.add_group(name).name}.")


@group.command("rename", keys=under("group", images.GROUP_KEYS))
@click.argument("name", metavar="GROUP", shell_complete=names.groups)
@click.argument("new_name", metavar="NEW-NAME")
@click.pass_obj
def rename(run: Invocation, name: str, new_name: str) -> None:
    """Give a group another name."""
    store = run.app.images
    old = store.find_group(name)
    renamed = store.rename_group(old, new_name)
    data = {"group": images.group_as_data(renamed, store.images())}
    run.answer(data, f"The group {old.name} is now {renamed.name}.")


@group.command("remove", keys=targets.KEYS)
@click.argument("wanted", metavar="GROUP...", nargs=-1, required=True, shell_complete=names.groups)
@options.yes
@click.pass_obj
def remove(run: Invocation, wanted: Sequence[str], yes: bool) -> ExitCode:
    """Remove empty groups."""
    store = run.app.images

    def removed(found: ImageGroup) -> str:
        store.remove_group(found)
        return f"Removed the group {found.name}."

    return remove_each(run, wanted, store.find_group, removed, lambda one: [one.name], question="Remove {}?", yes=yes)
