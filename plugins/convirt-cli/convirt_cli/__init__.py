"""The command line of ConVirt.

May import `click` and the public names of convirt_core, never a plugin. Nothing is imported here.
"""

__version__ = "0.1.0"
"""Stands here, and is read from here by the build: `convirt --version` must not search metadata (30 ms)."""
