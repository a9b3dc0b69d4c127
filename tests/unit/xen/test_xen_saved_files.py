"""Whose memory a saved file holds."""

import pytest
from labs.invented_dom0 import WEB

from convirt_core.errors import NotFound, OperationFailed


def test_a_saved_file_says_whose_memory_it_holds(vmm, proxy):
    proxy.files["/a.save"] = f"libvirt-xml\n \0 \r{'':48}<domain><uuid>{WEB}</uuid></domain>"
    assert vmm.saved_key("/a.save") == WEB


@pytest.mark.parametrize("content", ["", "LibvirtQemudSave", f"LibvirtQemud<uuid>{WEB}</uuid>", "libvirt-xml\n"])
def test_another_file_holds_no_vm(vmm, proxy, content):
    proxy.files["/a.save"] = content
    with pytest.raises(OperationFailed, match=r"/a\.save holds no VM"):
        vmm.saved_key("/a.save")


def test_a_file_that_is_not_there_is_not_found(vmm):
    with pytest.raises(NotFound, match=r"dom0 has no file /nosuch\.$"):
        vmm.saved_key("/nosuch")
