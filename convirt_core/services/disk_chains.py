"""What a disk's file stands on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from convirt_core.errors import OperationFailed

if TYPE_CHECKING:
    from convirt_core.platforms import NodeProxy


def disk_chain(path: str, proxy: NodeProxy) -> list[str]:
    """Return a disk's file and those below it, its own first; nothing for one that is not there, or no file.

    Source: qemu-img(1), `info --backing-chain`; -U reads what a VM has open.
    """
    if not path.startswith("/") or proxy.stat(path) is None:
        return []
    layers = _info(path, proxy, "--backing-chain")
    return [str(layer.get("filename", "")) for layer in layers]


def known_chain(path: str, proxy: NodeProxy) -> list[str]:
    """Return likewise as much of a chain as is there, and the file that it breaks off at.

    :raises OperationFailed: a layer is there and cannot be read
    """
    chain = [path]
    while path.startswith("/") and proxy.stat(path):
        (layer,) = _info(path, proxy)  # one by itself can be read without those below it
        path = str(layer.get("full-backing-filename") or layer.get("backing-filename") or "")
        if not path or path in chain:
            break
        if path.startswith("json:"):
            raise OperationFailed(f"It cannot be told what the disk {chain[-1]} stands on: {path}.")
        chain.append(path)
    return chain


def _info(path: str, proxy: NodeProxy, *options: str) -> list[dict[str, object]]:
    """Return what QEMU knows of a disk's layers."""
    result = proxy.run(["qemu-img", "info", "-U", "--output=json", *options, path])
    if result.exit_code:
        raise OperationFailed(f"It cannot be told what the disk {path} stands on: {result.error_text}.")
    said = json.loads(result.stdout)
    return said if isinstance(said, list) else [said]
