"""Memory kept in files: saved where the person says, or where libvirt keeps it."""

# ruff: noqa: D102  what a method does is said once, by the contract that it fulfils

from __future__ import annotations

from contextlib import suppress

from convirt_core.errors import (
    AlreadyExists,
    Cancelled,
    ConvirtError,
    InvalidInput,
    NotFound,
    OperationFailed,
)
from convirt_libvirt.vmm.base import LibvirtVMMBase


class Saving(LibvirtVMMBase):
    """Save and restore."""

    def save(self, key: str, path: str) -> None:
        """Write its memory to a new file: libvirt would overwrite any file that it is given."""
        if not path.startswith("/"):
            raise InvalidInput(f"{path!r} is not an absolute path on the server.")
        self._refuse_existing(path)
        begun = False
        try:
            with self.changing_slowly(key, "save") as domain:
                self._refuse_existing(path)  # to connect may have taken a while
                begun = True
                domain.save(path)
        except (OperationFailed, Cancelled):
            # With any other error nothing was written, or it is written still: a file there is not ours to remove.
            if begun:
                with suppress(ConvirtError):  # why the save failed is what the person has to hear
                    self.vnode.session.proxy.remove_file(path)
            raise

    def _refuse_existing(self, path: str) -> None:
        if self.vnode.session.proxy.stat(path):
            raise AlreadyExists(f"{path} exists on {self.vnode.node.name} already.", remedy="Choose another file.")

    def restore(self, path: str) -> None:
        connection = self.vnode.connection
        with connection.apart() as handle, connection.changing(f"restore {path}"):
            handle.restore(path)

    def saved_key(self, path: str) -> str:
        try:
            return self.key_in(path)
        except OperationFailed:
            if self._is_missing(path):
                raise NotFound(f"{self.vnode.node.name} has no file {path}.") from None
            raise

    def _is_missing(self, path: str) -> bool:
        """Whether it is known that there is no such file: the login may see less than the hypervisor."""
        with suppress(ConvirtError):
            return self.vnode.session.proxy.stat(path) is None
        return False

    def key_in(self, path: str) -> str:
        """Return the key of the VM that a file holds, or raise `OperationFailed`, also where there is no file."""
        from convirt_libvirt.domain import parse_domain  # noqa: PLC0415  a listing of VMs needs no XML

        connection = self.vnode.connection
        with connection.asking(f"read the saved VM in {path}"):
            xml = connection.handle.saveImageGetXMLDesc(path, 0)
        key = parse_domain(xml, origin=path).findtext("uuid")
        if not key:
            raise OperationFailed(f"{path} does not say which VM it holds.")
        return key

    def managed_save(self, key: str) -> None:
        with self.changing_slowly(key, "save") as domain:
            domain.managedSave(0)
