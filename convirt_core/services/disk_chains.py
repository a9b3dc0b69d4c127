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
    result = proxy.run(["qemu-img", "info", "-U", "--output=json", "--backing-chain", path])
    if result.exit_code:
        raise OperationFailed(f"It cannot be told what the disk {path} stands on: {result.error_text}.")
    return [str(layer.get("filename", "")) for layer in json.loads(result.stdout)]
