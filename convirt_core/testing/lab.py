"""What a plugin author says of the server on which a platform is tested."""

# ruff: noqa: ARG002, B027  what an author leaves out, the lab cannot do

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from convirt_core.app import Application
    from convirt_core.model import Capability, Disk, ManagedNode, Nic, VMState
    from convirt_core.services.listed import ListedVM


class Lab(ABC):
    """One server of a platform, with all that the contract's tests need of it and cannot know.

    Three methods have to be there; each other one opens up more of the contract. Methods are called from the
    thread of the tests, and may take their time.
    """

    deadlines: Mapping[Capability, float] = {}
    """Seconds until an operation is seen done on this machine, where the operation's own are too short."""

    definition_only: Mapping[Capability, str] = {}
    """What this machine can define and not run, with the reason; the report says so, and never "passed"."""

    not_here: Mapping[Capability, str] = {}
    """Likewise what this lab does not run, and another one does."""

    answer_seconds: float = 10.0
    """How long a question to the server may take."""

    deaf_seconds: float = 6.0
    """How long a guest that does not listen is waited for: more than one that listens needs."""

    is_invented: bool = False
    """The platform is found on no server and needs nothing of one, as libvirt's test driver."""

    dialogue: tuple[bytes, bytes] | None = None
    """What the guest is sent on its serial line, and what it then says; None: nobody answers there."""

    @abstractmethod
    def node(self) -> ManagedNode:
        """Return the server; its `platform` is the name of the entry point."""

    @abstractmethod
    def values(self, name: str) -> Mapping[str, object]:
        """Return the values of a definition whose guest boots, see `STANDARD_KEYS`: small, and quick to start."""

    @abstractmethod
    def witness(self, vm: ListedVM) -> VMState | None:
        """Return the state of a VM as another tool of the server sees it; None: there is no other tool.

        Every state that the platform claims is held against it.
        """

    def wait_booted(self, app: Application, vm: ListedVM) -> None:
        """Return when the guest of a VM that was just started has booted; raise when it does not in time."""

    def boots(self, vm: ListedVM) -> int | None:
        """Return how often the guest of a VM has booted, as it says itself, at whichever server; None: nobody sees.

        So is told what goes on from what was booted anew.
        """
        return None

    def moves_with(self, way: Capability, vm: ListedVM) -> bool | None:
        """Whether a VM moves in a way at this moment, such as `MIGRATE_COMPRESS`, as the server's other tool sees it.

        Asked again and again while it moves, from another thread; False where it does not move. None: nobody sees.
        """
        return None

    def deaf_values(self, name: str) -> Mapping[str, object] | None:
        """Return likewise a guest that does not listen when it is asked to shut down; None: there is none."""
        return None

    def new_disk(self, name: str) -> Disk | None:
        """Make an empty disk on the server and return it, to be attached; None: no disks here."""
        return None

    def new_nic(self) -> Nic | None:
        """Return a network card to be attached; None: no network here."""
        return None

    def with_stranger(self, text: str) -> tuple[str, str] | None:
        """Return a definition's text with something in it that the platform does not know, and its mark.

        None: the format has no place for such a thing.
        """
        return None

    def disk_values(self) -> Mapping[str, object]:
        """Return the values that give a definition a disk: one that this server alone has, and that can be kept."""
        return {}

    def scratch_path(self, name: str) -> str:
        """Return the path of a file on the server that a saved VM can be written to."""
        return f"/var/tmp/{name}"  # noqa: S108  on the server, whose platform writes it

    def hung(self) -> AbstractContextManager[None] | None:
        """Return what lets the hypervisor hang as long as the block lasts: it takes calls and answers none."""
        return None

    def elsewhere(self) -> ManagedNode | None:
        """Return a second server of the platform that VMs can move to; None: there is none."""
        return None
