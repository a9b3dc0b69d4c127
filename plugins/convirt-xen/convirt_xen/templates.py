"""Definitions to begin an image with."""

from __future__ import annotations

from convirt_core.platforms import Template
from convirt_libvirt.templates import CARD_AND_ENDS

_TEXT = "# {}\ntype = '{}'\nname = '$VM_NAME'\nmemory = 512  # MiB\nvcpus = 1\n{}\n" + CARD_AND_ENDS
_KERNEL = "kernel = '$KERNEL'\nramdisk = '$RAMDISK'\nextra = 'console=hvc0 $EXTRA'"
_XVDA = "bootloader = 'pygrub'\ndisk = ['file:$VM_DISKS_DIR/$VM_NAME.xvda.img,xvda,w']"
_HDA = "boot = 'c'\nvnc = 1\ndisk = ['file:$VM_DISKS_DIR/$VM_NAME.hda.img,hda,w']"
_KERNEL_FROM = "Linux that is booted directly. In image.conf: kernel_src and ramdisk_src = the image's files."
_XVDA_FROM = "A PV guest whose kernel pygrub finds in its disk. In image.conf: xvda_image_src = the image's disk file."
_HDA_FROM = "A full machine; domain 0 needs QEMU. In image.conf: hda_image_src = the image's disk file."

TEMPLATES = (
    Template("disk", "PV guest that boots from a disk image", _TEXT.format(_XVDA_FROM, "pv", _XVDA)),
    Template("kernel", "PV guest with a Linux kernel", _TEXT.format(f"A PV {_KERNEL_FROM}", "pv", _KERNEL)),
    Template("pvh", "PVH guest with a Linux kernel", _TEXT.format(f"A PVH {_KERNEL_FROM}", "pvh", _KERNEL)),
    Template("hvm", "Full machine that boots from a disk image", _TEXT.format(_HDA_FROM, "hvm", _HDA)),
)
