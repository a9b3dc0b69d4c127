"""A `qemu-img` for servers of the toy hypervisor: an image is a file that says in JSON on which other it stands.

It knows the commands by which disks are linked, copied and looked at; source: qemu-img(1). The integration tests of
the services hold it against the real one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from convirt_core.platforms import CommandResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.platforms import NodeProxy


def make_image(path: Path | str, below: Path | str = "") -> str:
    """Write an image; return its path."""
    Path(path).write_text(json.dumps({"below": str(below)}))
    return str(path)


def qemu_img(_: NodeProxy, argv: Sequence[str], **__: object) -> CommandResult:
    """Answer a command as `NodeProxy.run` does on a server."""
    program, verb, *words = argv
    assert program == "qemu-img"
    try:
        said = {"create": _create, "convert": _convert, "info": _info}[verb](words)
    except (OSError, ValueError) as error:
        return CommandResult(tuple(argv), 1, b"", f"qemu-img: {error}\n".encode())
    return CommandResult(tuple(argv), 0, said.encode(), b"")


def _create(words: list[str]) -> str:
    make_image(words[-1], below=words[words.index("-b") + 1])
    return ""


def _convert(words: list[str]) -> str:
    *_, source, path = words
    for layer in _chain(source):
        _below(layer)
    make_image(path)
    return ""


def _info(words: list[str]) -> str:
    path = words[-1]
    layers = [_layer(each) for each in (_chain(path) if "--backing-chain" in words else [path])]
    return json.dumps(layers if "--backing-chain" in words else layers[0])


def _layer(path: str) -> dict[str, str]:
    below = _below(path)
    return {"filename": path, **({"backing-filename": below} if below else {})}


def _chain(path: str) -> list[str]:
    below = _below(path)
    return [path, *(_chain(below) if below else [])]


def _below(path: str) -> str:
    """Return what an image stands on; fails for one that is not there or not to be read."""
    return str(json.loads(Path(path).read_text())["below"])
