"""The demonstration: a real VM through its whole life on this machine, and nothing of it left behind.

May import what `commands` may.
"""
