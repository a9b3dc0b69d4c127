"""`convirt vm edit`."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from convirt_cli import options
from convirt_cli.command import Command
from convirt_cli.commands.vm.arguments import one_vm
from convirt_cli.values import text_of
from convirt_core.errors import ConvirtError, InvalidInput, OperationFailed, WrongState

if TYPE_CHECKING:
    from convirt_cli.invocation import Invocation
    from convirt_core.platforms import VMConfig
    from convirt_core.services.listed import ListedVM

KEYS = {
    "vm": "the VM's name",
    "changed": "whether the definition was written",
    "message": "what was done, in a sentence",
}


@click.command("edit", cls=Command, keys=KEYS)
@one_vm
@click.option(
    "--file", type=click.File(encoding="utf-8"), help="Take the new definition from this file (- is standard input)."
)
@options.force
@click.pass_obj
def edit(run: Invocation, name: str, file: TextIO | None, force: bool) -> None:
    """Edit the definition in $EDITOR.

    It is shown in the hypervisor's own format, and written only if nobody changed it meanwhile. What was typed is
    kept in a file when it cannot be written.
    """
    listed = run.app.vms.find(name)
    config = run.app.vms.details(listed.ref).config
    if config is None:
        raise WrongState(f"{listed.name} has no definition to edit.")
    text = text_of(file) if file else _edited(config)
    if text == config.text:
        message, changed = f"The definition of {listed.name} is unchanged.", False
    else:
        message, changed = _written(run, listed, text, config.digest, force=force, keep=file is None), True
    run.answer({"vm": listed.name, "changed": changed, "message": message}, message)


def _edited(config: VMConfig) -> str:
    """Let the person edit the text in a file that only they can read: a definition may hold a secret."""
    with tempfile.TemporaryDirectory(prefix="convirt-") as folder:
        path = Path(folder, "definition.xml" if config.text.lstrip().startswith("<") else "definition")
        path.touch(mode=0o600)
        path.write_text(config.text, encoding="utf-8")
        _run_editor(path)
        with path.open(encoding="utf-8") as file:
            return text_of(file)


def _run_editor(path: Path) -> None:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        # The editor needs the terminal itself: our own standard output is kept for the answer.
        ended = subprocess.run([*shlex.split(editor), str(path)], check=False)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"The editor {editor!r} cannot be started.", remedy="Set EDITOR.") from error
    if ended.returncode != 0:
        raise OperationFailed(f"The editor ended with code {ended.returncode}; nothing was written.")


def _written(run: Invocation, listed: ListedVM, text: str, digest: str, *, force: bool, keep: bool) -> str:
    try:
        return run.app.lifecycle.edit_text(listed, text, digest, force=force)
    except ConvirtError:
        if keep:
            run.note(f"What you wrote is kept in {_kept(text)}.")
        raise


def _kept(text: str) -> str:
    descriptor, path = tempfile.mkstemp(prefix="convirt-definition-")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return path
