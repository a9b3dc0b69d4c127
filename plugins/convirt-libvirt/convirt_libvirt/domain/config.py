"""The definition of a libvirt domain as a `VMConfig`: a map whose keys are views on the domain XML."""

from __future__ import annotations

import copy
import hashlib
import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from convirt_core.errors import InvalidInput
from convirt_core.model import Disk, Finding, GuestKind, Nic, check_vm_name
from convirt_core.platforms import VMConfig
from convirt_libvirt.domain import checks
from convirt_libvirt.domain.dialect import QEMU, Dialect
from convirt_libvirt.domain.disks import add_disk, find_disk, read_disks, set_source
from convirt_libvirt.domain.graphics import forget_passwords
from convirt_libvirt.domain.identity import renew
from convirt_libvirt.domain.keys import all_keys
from convirt_libvirt.domain.kinds import guest_kind, host_devices, programs
from convirt_libvirt.domain.nics import add_nic, find_nic, read_nics, with_mac
from convirt_libvirt.domain.xml import drop, parse_domain, to_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml.etree import _Element

    from convirt_libvirt.domain.key import Key


class LibvirtConfig(VMConfig):
    """A definition. An edit changes the elements concerned; all others survive, whatever they are.

    A platform with keys or devices of its own subclasses it and sets `dialect` and `known_keys`.

    :param text: domain XML, as `virDomainGetXMLDesc` with INACTIVE and SECURE gives it
    :param is_new: it was not read from a server; a UUID is made if it has none
    :param origin: where the text comes from, for messages
    :param digest: of the stored definition that the text is to replace; empty: the text's own
    :raises InvalidInput: if it is no domain XML
    """

    dialect: ClassVar[Dialect] = QEMU
    known_keys: ClassVar[Mapping[str, Key]] = all_keys(QEMU)

    def __init__(self, text: str, *, is_new: bool = False, origin: str = "", digest: str = "") -> None:
        self._domain = parse_domain(text, origin)
        self._is_new = is_new
        self._digest = "" if is_new else digest or digest_of(text)
        if is_new and not self.get("uuid"):
            self._set("uuid", str(uuid.uuid4()))

    @property
    def text(self) -> str:
        """The domain XML as edited. May hold a secret: never log it."""
        return to_text(self._domain)

    @property
    def digest(self) -> str:
        """SHA-256 of the text as it was read; empty for a new definition."""
        return self._digest

    @property
    def key(self) -> str:
        """The UUID.

        :raises InvalidInput: if it has none
        """
        key = self.get("uuid")
        if not isinstance(key, str):
            raise InvalidInput("The definition has no UUID.")
        return key

    @property
    def domain(self) -> _Element:
        """The tree itself, for a platform's own keys."""
        return self._domain

    def __getitem__(self, key: str) -> object:
        value = self.known_keys[key].get(self._domain)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: str, value: object) -> None:
        if key not in self.known_keys:
            raise InvalidInput(f"{key!r} is not known.", remedy=f"Known are: {', '.join(self.known_keys)}.")
        if key == "uuid" and not self._is_new and value != self.get("uuid"):
            raise InvalidInput("The UUID is the VM's identity and cannot be changed.", remedy="Clone the VM.")
        self._set(key, value)

    def _set(self, key: str, value: object) -> None:
        """Edit a copy: a value that is refused half-way has changed nothing."""
        edited = copy.deepcopy(self._domain)
        self.known_keys[key].set(edited, value)
        self._domain = edited

    def __delitem__(self, key: str) -> None:
        known = self.known_keys.get(key)
        if known is None or known.get(self._domain) is None:
            raise KeyError(key)
        if known.remove is None:
            raise InvalidInput(f"{key} cannot be deleted: every VM has one.")
        known.remove(self._domain)

    def __iter__(self) -> Iterator[str]:
        return (name for name, key in self.known_keys.items() if key.get(self._domain) is not None)

    def disks(self) -> list[Disk]:
        """Its disks, in order."""
        return read_disks(self._domain)

    def nics(self) -> list[Nic]:
        """Its network cards, in order."""
        return read_nics(self._domain)

    def guest_kind(self) -> GuestKind | None:
        """What a server must be able to run for it."""
        return guest_kind(self._domain)

    def host_devices(self) -> list[str]:
        """Devices of the server that it is given whole: kind and place, such as `pci 0000:03:00.0`."""
        return host_devices(self._domain)

    def variables(self) -> str:
        """The file with the variables of a UEFI firmware."""
        return self._domain.findtext("os/nvram") or ""

    def programs(self) -> list[str]:
        """Bootloader and firmware, where they are paths."""
        return programs(self._domain)

    def set_disk_source(self, target: str, source: str) -> None:
        """Point one disk at another file of the same format. Raises `NotFound`."""
        set_source(find_disk(self._domain, target), source)

    def add_disk(self, disk: Disk) -> str:
        """Add a disk; return its XML. Raises `AlreadyExists` if the target is taken."""
        return to_text(add_disk(self._domain, disk, self.dialect))

    def remove_disk(self, target: str) -> str:
        """Take a disk out; return its XML. Raises `NotFound`."""
        return self._take(find_disk(self._domain, target))

    def add_nic(self, nic: Nic) -> str:
        """Add a network card; return its XML, with the MAC address it got. Raises `AlreadyExists`."""
        return to_text(add_nic(self._domain, with_mac(nic), self.dialect))

    def remove_nic(self, mac: str) -> str:
        """Take a network card out; return its XML. Raises `NotFound`."""
        return self._take(find_nic(self._domain, mac))

    def _take(self, element: _Element) -> str:
        xml = to_text(element)
        drop(element)
        return xml

    def with_text(self, text: str) -> Self:
        """Return it with another text; the digest stays that of the definition that was read."""
        edited = type(self)(text, origin=f"the definition of {self.name}", digest=self._digest)
        if edited.get("uuid") != self.key:
            raise InvalidInput("The text is of another VM.", remedy=f"Leave its UUID as it is: {self.key}.")
        return edited

    def without_secrets(self) -> Self:
        """Return a copy without the passwords of its screens, which are all that libvirt keeps in a definition."""
        public = self.with_text(self.text)
        forget_passwords(public.domain)
        return public

    def renewed(self, name: str) -> Self:
        """Return a copy with another name, UUID and MAC addresses; the files that only it used are forgotten."""
        twin = type(self)(self.text, is_new=True)
        renew(twin.domain, check_vm_name(name))
        return twin

    def validate(self) -> list[Finding]:
        """Check what can be checked without a server."""
        return checks.check(self._domain)


def digest_of(text: str) -> str:
    """Return what `LibvirtConfig.digest` is for a definition that reads so."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
