"""What every libvirt platform of ConVirt shares, and the platform `test`.

May import convirt_core (errors, model, config, forms, platforms, hookspecs), libvirt, and lxml in `domain.xml`.
A platform subclasses `vnode.LibvirtVNode`, `vmm.LibvirtVMM` and `domain.LibvirtConfig`; nothing is imported here.
"""
