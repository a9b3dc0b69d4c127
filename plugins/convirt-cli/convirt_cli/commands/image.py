"""`convirt image`: what VMs are made from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from convirt_cli import names, options, targets
from convirt_cli.answers import SEVERAL, Answer, answer_each
from convirt_cli.command import Group
from convirt_cli.parts import Facts
from convirt_cli.progress import showing_progress
from convirt_cli.removal import remove_each
from convirt_cli.shapes import findings, images, under
from convirt_cli.values import MEMORY
from convirt_core.services.images import ImageSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from convirt_cli.exit_codes import ExitCode
    from convirt_cli.invocation import Invocation
    from convirt_core.model import Image, ImageGroup

one_image = click.argument("name", metavar="IMAGE", shell_complete=names.images)
some_images = click.argument("wanted", metavar="IMAGE...", nargs=-1, required=True, shell_complete=names.images)
a_file = click.Path(exists=True, dir_okay=False, path_type=Path)
a_folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(cls=Group)
def image() -> None:
    """Images that VMs are made from."""


@image.command("list", keys=under("images[]", images.KEYS))
@click.option("--group", "group_name", metavar="GROUP", shell_complete=names.groups, help="Only of this group.")
@click.pass_obj
def list_images(run: Invocation, group_name: str | None) -> None:
    """List the images."""
    store = run.app.images
    group = store.find_group(group_name) if group_name else None
    found, groups = store.images(group), _group_names(run)
    data = {"images": [images.as_data(one, groups) for one in found]}
    run.answer(data, images.table(found, groups) if found else "No images. Add one: convirt image add --help")


@image.command("add", keys=under("image", images.KEYS))
@click.argument("name")
@click.argument("platform")
@click.argument("group_name", metavar="GROUP", shell_complete=names.groups)
@click.option("--from", "folder", type=a_folder, help="A directory with vm_conf.template and image.conf.")
@click.option("--kernel", type=a_file, help="A kernel, for a direct boot.")
@click.option("--ramdisk", type=a_file, help="The initial ramdisk that goes with it.")
@click.option("--disk", type=a_file, help="A disk image, raw or qcow2.")
@click.option("--template", type=a_file, help="A vm_conf.template in place of the platform's own.")
@click.option("--extra", default="", help="The kernel's command line.")
@click.option("--memory", type=MEMORY, default=0, help="Of each VM, in MiB or as 1G; else as the template says.")
@click.option("--vcpus", type=click.IntRange(min=1), default=None, help="Of each VM; else as the template says.")
@click.option("--description", default="", help="A text for people.")
@click.pass_obj
def add(
    run: Invocation,
    *,
    name: str,
    platform: str,
    group_name: str,
    folder: Path | None,
    kernel: Path | None,
    ramdisk: Path | None,
    disk: Path | None,
    template: Path | None,
    extra: str,
    memory: int,
    vcpus: int | None,
    description: str,
) -> None:
    """Copy an image into the store: a directory, or one made from a kernel and a ramdisk or from a disk."""
    source = ImageSource(
        folder=folder,
        kernel=kernel,
        ramdisk=ramdisk,
        disk=disk,
        template=template,
        extra=extra,
        memory_mib=memory,
        vcpus=vcpus or 0,
        description=description,
    )
    with showing_progress(run):
        added = run.app.images.add(name, platform, _group_of(run, group_name), source)
    run.answer({"image": images.as_data(added, _group_names(run))}, f"Added the image {added.name}.")


@image.command("info", keys={**under("image", images.INFO_KEYS), **SEVERAL})
@some_images
@click.pass_obj
def info(run: Invocation, wanted: Sequence[str]) -> ExitCode:
    """Show what images are, and their files."""
    return answer_each(run, wanted, lambda name: _info(run, name))


@image.command("verify", keys={"image": "its name", **under("findings[]", findings.KEYS), **SEVERAL})
@some_images
@click.pass_obj
def verify(run: Invocation, wanted: Sequence[str]) -> ExitCode:
    """Check the files of images against their checksums."""
    return answer_each(run, wanted, lambda name: _verified(run, name))


@image.command("rename", keys=under("image", images.KEYS))
@one_image
@click.argument("new_name", metavar="NEW-NAME")
@click.pass_obj
def rename(run: Invocation, name: str, new_name: str) -> None:
    """Give an image another name."""
    found = run.app.images.find(name)
    renamed = run.app.images.rename(found, new_name)
    run.answer({"image": images.as_data(renamed, _group_names(run))}, f"The image {found.name} is now {renamed.name}.")


@image.command("move", keys=targets.KEYS)
@some_images
@click.option(
    "--group", "group_name", metavar="GROUP", required=True, shell_complete=names.groups, help="To this group."
)
@click.pass_obj
def move(run: Invocation, wanted: Sequence[str], group_name: str) -> ExitCode:
    """Move images to another group."""
    group = _group_of(run, group_name)
    return targets.run_each(run, wanted, lambda name: _moved(run, name, group))


@image.command("remove", keys=targets.KEYS)
@some_images
@options.yes
@click.pass_obj
def remove(run: Invocation, wanted: Sequence[str], yes: bool) -> ExitCode:
    """Remove images with their folders, unless VMs made from them exist."""
    store, question = run.app.images, "Remove {} with all files?"

    def removed(found: Image) -> str:
        left = store.remove(found)
        return " ".join([f"Removed the image {found.name}.", *left])

    return remove_each(run, wanted, store.find, removed, lambda one: [one.name], question=question, yes=yes)


def _group_of(run: Invocation, name: str) -> ImageGroup:
    return run.app.images.find_group(name)


def _group_names(run: Invocation) -> Mapping[str, str]:
    return {group.id: group.name for group in run.app.images.groups()}


def _info(run: Invocation, name: str) -> Answer:
    found = run.app.images.find(name)
    description, files = run.app.images.description(found), run.app.images.files(found)
    data = images.info_as_data(found, _group_names(run), description, files)
    rows = [(key, str(value)) for key, value in data.items() if value and key not in {"id", "files"}]
    return Answer({"image": data}, [Facts(found.name, rows), images.file_table(found, files)])


def _verified(run: Invocation, name: str) -> Answer:
    found = run.app.images.find(name)
    checked = run.app.images.verify(found)
    data = {"image": found.name, "findings": [findings.as_data(finding) for finding in checked]}
    return Answer(data, [findings.table(checked)], findings.exit_code(checked))


def _moved(run: Invocation, name: str, group: ImageGroup) -> str:
    moved = run.app.images.move(run.app.images.find(name), group)
    return f"{moved.name} is now in the group {group.name}."
