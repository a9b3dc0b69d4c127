"""Definitions to begin an image with."""

from __future__ import annotations

from convirt_core.platforms import Template
from convirt_libvirt.templates import CARD_AND_ENDS

_DISK = """\
# A VM that boots from its disk. In image.conf: vda_image_src = 'the image's disk file'.
name = '$VM_NAME'
memory = 1024                       # MiB
vcpus = 1
boot = 'c'
disk = ['tap:qcow2:$VM_DISKS_DIR/$VM_NAME.vda.qcow2,vda,w']
vnc = 1
"""

_KERNEL = """\
# A Linux that is booted directly. In image.conf: kernel_src and ramdisk_src = the image's files.
name = '$VM_NAME'
memory = 512                        # MiB
vcpus = 1
kernel = '$KERNEL'
ramdisk = '$RAMDISK'
extra = 'console=ttyS0 $EXTRA'
"""

TEMPLATES = (
    Template("disk", "Boots from a disk image", _DISK + CARD_AND_ENDS),
    Template("kernel", "Boots a Linux kernel directly", _KERNEL + CARD_AND_ENDS),
)
