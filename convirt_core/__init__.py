"""The hypervisor-neutral core of ConVirt. It never imports a plugin.

Start at `app.Application`. Nothing is imported here, so that `import convirt_core` costs nothing.
"""
