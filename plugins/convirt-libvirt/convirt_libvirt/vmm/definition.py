"""Definitions: made, read, replaced, removed."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

import libvirt

from convirt_core.errors import AlreadyExists, Conflict, ConvirtError, WrongState
from convirt_core.model import check_vm_name
from convirt_libvirt.states import vm_state
from convirt_libvirt.vmm.base import LibvirtVMMBase

if TYPE_CHECKING:
    from convirt_core.platforms import VMConfig, VMInfo


class Definition(LibvirtVMMBase):
    """The persistent side of VMs, and a look at the running one.

    :cvar undefine_flags: what goes with a definition, as far as the driver knows of it
    """

    undefine_flags: ClassVar[int] = (
        libvirt.VIR_DOMAIN_UNDEFINE_MANAGED_SAVE
        | libvirt.VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA
        | libvirt.VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA
        | libvirt.VIR_DOMAIN_UNDEFINE_NVRAM
    )

    def define(self, config: VMConfig) -> str:
        name = check_vm_name(config.name)
        self._check_free(name, config.key)
        connection = self.vnode.connection
        with connection.changing(f"define {name}"):
            domain = connection.handle.defineXMLFlags(config.text, libvirt.VIR_DOMAIN_DEFINE_VALIDATE)
        key: str = domain.UUIDString()
        return key

    def config(self, key: str) -> VMConfig:
        domain = self.find(key)
        self._check_persistent(domain)
        return self.read_config(self.definition_of(domain))

    def write_config(self, config: VMConfig) -> None:
        """Replace a definition; not validated by schema, as what libvirt once took must stay editable."""
        domain = self.find(config.key)
        self._check_persistent(domain)
        name = domain.name()
        # An edited text has the digest of what was read; one that was never read has none, and replaces any.
        if config.digest and self.read_config(self.definition_of(domain)).digest != config.digest:
            raise Conflict(
                f"Somebody changed the definition of {name} since it was read.",
                remedy="Read it again and repeat your change.",
            )
        if config.name == name:  # also one that somebody else gave it and that we would not
            self._write(config)
        else:
            self._check_free(check_vm_name(config.name))
            self._rename_and_write(domain, name, config)

    def info(self, key: str) -> VMInfo:
        from convirt_libvirt.domain import info_from_xml  # noqa: PLC0415  a listing of VMs needs no XML

        domain = self.find(key)
        if not self.is_active(domain):
            raise WrongState(f"{domain.name()} is not running.", remedy="Start it first.")
        xml = self.live_xml_of(domain)
        with self.vnode.connection.asking(f"read the running side of {domain.name()}"):
            state, limit, memory, vcpus, cpu_time = domain.info()
        return info_from_xml(
            xml,
            state=vm_state(state, has_saved_memory=False),
            memory_kib=memory,
            max_memory_kib=limit,
            vcpus=vcpus,
            cpu_time_ns=cpu_time,
        )

    def remove(self, key: str) -> None:
        self._undefine(key, self.undefine_flags)

    def release(self, key: str) -> None:
        """Remove the definition; libvirt would delete the file with its firmware's variables too."""
        flags = self.undefine_flags
        if flags & libvirt.VIR_DOMAIN_UNDEFINE_NVRAM:
            flags = flags & ~libvirt.VIR_DOMAIN_UNDEFINE_NVRAM | libvirt.VIR_DOMAIN_UNDEFINE_KEEP_NVRAM
        self._undefine(key, flags)

    def set_autostart(self, key: str, enabled: bool) -> None:
        with self.changing(key, "set autostart of") as domain:
            domain.setAutostart(int(enabled))

    def _undefine(self, key: str, flags: int) -> None:
        """Undefine a stopped VM. libvirt would make a running one transient, and lose its snapshots."""
        domain = self.find(key)
        if self.is_active(domain):
            raise WrongState(f"{domain.name()} is running.", remedy="Shut it down or kill it first.")
        with self.changing(key, "remove") as domain:
            domain.undefineFlags(flags)

    def _check_free(self, name: str, key: str = "") -> None:
        connection = self.vnode.connection
        with connection.asking("list the VMs"):
            for domain in connection.handle.listAllDomains(0):
                if domain.name() == name:
                    raise AlreadyExists(f"{connection.place} has a VM {name} already.", remedy="Choose another name.")
                if domain.UUIDString() == key:
                    raise AlreadyExists(
                        f"{connection.place} has the UUID {key} already: it is {domain.name()}'s.",
                        remedy="Leave the UUID out, and a new one is made.",
                    )

    def _check_persistent(self, domain: Any) -> None:
        with self.vnode.connection.asking(f"read the state of {domain.name()}"):
            if domain.isPersistent():
                return
        raise WrongState(f"{domain.name()} is transient: it has no definition, and is gone when it stops.")

    def _write(self, config: VMConfig) -> None:
        connection = self.vnode.connection
        with connection.changing(f"write the definition of {config.name}"):
            connection.handle.defineXML(config.text)

    def _rename_and_write(self, domain: Any, old: str, config: VMConfig) -> None:
        """Rename first, for libvirt takes a new name in no other way; a definition it refuses undoes that."""
        with self.vnode.connection.changing(f"rename {old}"):
            domain.rename(config.name, 0)
        try:
            self._write(config)
        except ConvirtError:
            with suppress(libvirt.libvirtError, ConvirtError):  # the refusal is what the person has to hear
                self.find(config.key).rename(old, 0)
            raise
