"""The platform `xen`: Xen through libvirt's libxl driver, and through `xl` for what that does not know.

May import `convirt_core` and `convirt_libvirt`. Start at `plugin`; nothing is imported before it is asked for.
"""
