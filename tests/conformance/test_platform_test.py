"""libvirt's test driver fulfils the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from convirt_core.model import Disk, ManagedNode, Nic, VMState
from convirt_core.testing import Lab, PlatformContract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from convirt_core.services.listed import ListedVM

HOST = """
<node>
  <memory>4194304</memory>
</node>
"""


class InventedLab(Lab):
    """A host that libvirt invents in this process."""

    is_invented = True

    def __init__(self, uri: str) -> None:
        self._uri = uri

    def node(self) -> ManagedNode:
        return ManagedNode("", "invented", "test", options={"uri": self._uri})

    def values(self, name: str) -> Mapping[str, object]:
        return {"name": name, "memory": 128, "maxmem": 256, "vcpus": 1, "maxvcpus": 2}

    def witness(self, vm: ListedVM) -> VMState | None:
        return None  # nobody but this process sees it

    def new_disk(self, name: str) -> Disk | None:
        return Disk("vdb", f"/srv/{name}")

    def new_nic(self) -> Nic | None:
        return Nic(source="default")

    def with_stranger(self, text: str) -> tuple[str, str] | None:
        mark = "kit-stranger"
        return text.replace("</domain>", f"<metadata><x:y xmlns:x='urn:kit'>{mark}</x:y></metadata></domain>"), mark

    def scratch_path(self, name: str) -> str:
        return f"/tmp/{name}"


class TestInvented(PlatformContract):
    @pytest.fixture(scope="class")
    @classmethod
    def lab(cls, tmp_path_factory: pytest.TempPathFactory) -> Lab:
        path = tmp_path_factory.mktemp("host") / "host.xml"
        path.write_text(HOST)
        return InventedLab(f"test://{path}")
