"""The commands, one module for each group. A module is imported when its command is typed.

May import `click`, the modules of `convirt_cli`, and the public names of convirt_core.
"""
