"""Live migration through libvirt: the way to the other server, the call with its parameters, how far it is.

May import the rest of convirt_libvirt but `vmm`. Nothing here is imported before a VM is to move.
"""
