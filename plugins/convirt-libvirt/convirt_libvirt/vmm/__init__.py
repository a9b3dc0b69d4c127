"""What changes the VMs of a libvirt server, a file for each concern.

May import the rest of convirt_libvirt; `domain` (and with it lxml) only inside the functions that read XML.
"""

from convirt_libvirt.vmm.consoles import Consoles
from convirt_libvirt.vmm.devices import Devices
from convirt_libvirt.vmm.life import Life
from convirt_libvirt.vmm.migration import Migration
from convirt_libvirt.vmm.saving import Saving
from convirt_libvirt.vmm.size import Size
from convirt_libvirt.vmm.snapshots import Snapshots

__all__ = ["LibvirtVMM"]


class LibvirtVMM(Life, Saving, Size, Devices, Snapshots, Consoles, Migration):
    """The libvirt of one server. A platform subclasses it and overrides what is special."""
