"""The persistent definition of a VM, as a map."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Self

from attrs import field, frozen

from convirt_core.errors import InvalidInput

if TYPE_CHECKING:
    from convirt_core.model import Disk, Finding, GuestKind, Nic

STANDARD_KEYS: Mapping[str, str] = {
    "name": "the VM's name",
    "uuid": "its UUID",
    "memory": "MiB at the start",
    "maxmem": "MiB that it may grow to while it runs",
    "vcpus": "virtual processors at the start",
    "maxvcpus": "virtual processors that it may grow to while it runs",
    "kernel": "path of a kernel on the server, for a direct boot",
    "ramdisk": "path of an initial ramdisk on the server",
    "extra": "the kernel's command line",
    "boot": "order of boot devices: letters of a (floppy), c (disk), d (CD-ROM), n (network)",
    "on_poweroff": "destroy, preserve, rename-restart or restart",
    "on_reboot": "likewise",
    "on_crash": "likewise",
    "vnc": "1: a VNC screen, 0: none",
    "vnclisten": "address that the VNC server listens on",
    "vncpasswd": "its password; never shown",
    "disk": "list of 'type:path,device[:cdrom],mode' (type: file, phy, tap:qcow2, …; mode: r, w, w!)",
    "vif": "list of 'mac=…,bridge=…,network=…,model=…'",
    "description": "a note in the definition",
}
"""Keys that every platform understands, named as in xl.cfg(5) and the original; a platform may add more.

A number is accepted as a text of digits too: a command line cannot say which one it means.
"""

SECRET_KEYS: Sequence[str] = ("vncpasswd",)
"""Those of them whose values stand in no message, log, record or answer."""


@frozen
class ConfigSource:
    """What a `VMConfig` is made from.

    :param format: `values` (a python-config file, evaluated) or `native` (the hypervisor's own text)
    :param text: with `native`: the definition
    :param values: with `values`: the keys, see `STANDARD_KEYS`
    :param options: the server's node options, such as `accelerator`; empty where no server is known
    :param origin: where it comes from, for messages
    """

    format: str
    text: str = ""
    values: Mapping[str, object] = field(factory=dict)
    options: Mapping[str, str | int | bool] = field(factory=dict)
    origin: str = ""


class VMConfig(MutableMapping[str, object]):
    """The definition of one VM. Its keys are views on the hypervisor's own text, which keeps what it is.

    Setting a key that the platform does not know raises `InvalidInput`; a missing one is a `KeyError`, as in
    any map. Nothing here does I/O: reading and writing is the VMM's.
    """

    @property
    @abstractmethod
    def text(self) -> str:
        """The definition in the hypervisor's own format. May hold a secret: never log it."""

    @property
    @abstractmethod
    def digest(self) -> str:
        """Of the definition as it was read; empty for a new one. If it has changed, a write is refused."""

    @property
    def name(self) -> str:
        """The VM's name.

        :raises InvalidInput: if it has none
        """
        name = self.get("name")
        if not isinstance(name, str) or not name:
            raise InvalidInput("The definition has no name.", remedy="Give it one: name = '…'.")
        return name

    @property
    @abstractmethod
    def key(self) -> str:
        """What the platform knows the VM by (libvirt: the UUID)."""

    @abstractmethod
    def disks(self) -> list[Disk]:
        """Its disks, in order."""

    @abstractmethod
    def nics(self) -> list[Nic]:
        """Its network cards, in order."""

    def guest_kind(self) -> GuestKind | None:
        """What a server must be able to run for it; None: not known."""
        return None

    def host_devices(self) -> list[str]:
        """Devices of the server that it is given whole, each in a few words."""
        return []

    def variables(self) -> str:
        """Path of the file in which its firmware keeps variables; empty: there is none."""
        return ""

    def programs(self) -> list[str]:
        """Paths of the server's own programs that start it, such as a bootloader or firmware."""
        return []

    @abstractmethod
    def set_disk_source(self, target: str, source: str) -> None:
        """Point one disk at another file. Raises `NotFound` for an unknown target."""

    @abstractmethod
    def with_text(self, text: str) -> Self:
        """Return the definition with its whole text replaced, to be written in place of the one that was read.

        :raises InvalidInput: if the text cannot be one, or is of another VM
        """

    @abstractmethod
    def renewed(self, name: str) -> Self:
        """Return a copy with a new identity: name, key and MAC addresses. Disks are still the old ones."""

    def public_values(self) -> dict[str, object]:
        """All keys and values but the secret ones, for people and JSON."""
        return {key: self[key] for key in self if key not in self.secret_keys()}

    def without_secrets(self) -> Self:
        """Return a copy that may be shown. A platform whose text holds more than its secret keys extends it."""
        public = self.with_text(self.text)
        for key in self.secret_keys():
            public.pop(key, None)
        return public

    def secret_keys(self) -> Sequence[str]:
        """Keys whose values are never shown. No message of an error holds one."""
        return SECRET_KEYS

    def validate(self) -> list[Finding]:
        """Check what can be checked without a server. Pure, without I/O, under 1 ms."""
        return []

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @abstractmethod
    def __iter__(self) -> Iterator[str]: ...

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.get('name')!r}>"
