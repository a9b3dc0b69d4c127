"""The platform `kvm`: QEMU through libvirt, with KVM where it works.

May import `convirt_core` and `convirt_libvirt`. Start at `plugin`; nothing is imported before it is asked for.
"""
