"""Definitions to begin an image with."""

from __future__ import annotations

from convirt_core.platforms import Template

_ENDS = """\
vif = ['mac=$AUTOGEN_MAC,bridge=$DEFAULT_BRIDGE']
on_poweroff = 'destroy'
on_reboot = 'restart'
on_crash = 'restart'
"""

_SIZE = """\
name = '$VM_NAME'
memory = 512                        # MiB
vcpus = 1
"""

_KERNEL = "kernel = '$KERNEL'\nramdisk = '$RAMDISK'\nextra = 'console=hvc0 $EXTRA'\n"

_DISK = f"""\
# A PV guest whose own kernel the bootloader finds in its disk. In image.conf: xvda_image_src = 'the disk file'.
type = 'pv'
{_SIZE}bootloader = 'pygrub'
disk = ['file:$VM_DISKS_DIR/$VM_NAME.xvda.img,xvda,w']
{_ENDS}"""

_PV = f"""\
# A PV Linux that is booted directly. In image.conf: kernel_src and ramdisk_src = the image's files.
type = 'pv'
{_SIZE}{_KERNEL}{_ENDS}"""

_PVH = f"""\
# A PVH Linux that is booted directly. In image.conf: kernel_src and ramdisk_src = the image's files.
type = 'pvh'
{_SIZE}{_KERNEL}{_ENDS}"""

_HVM = f"""\
# A full machine that boots from its disk; domain 0 needs QEMU. In image.conf: hda_image_src = 'the disk file'.
type = 'hvm'
{_SIZE}boot = 'c'
vnc = 1
disk = ['file:$VM_DISKS_DIR/$VM_NAME.hda.img,hda,w']
{_ENDS}"""

TEMPLATES = (
    Template("disk", "PV guest that boots from a disk image", _DISK),
    Template("kernel", "PV guest with a Linux kernel", _PV),
    Template("pvh", "PVH guest with a Linux kernel", _PVH),
    Template("hvm", "Full machine that boots from a disk image", _HVM),
)
