"""What the templates of all platforms of libvirt's end with."""

from __future__ import annotations

CARD_AND_ENDS = """\
vif = ['mac=$AUTOGEN_MAC,bridge=$DEFAULT_BRIDGE']
on_poweroff = 'destroy'
on_reboot = 'restart'
on_crash = 'restart'
"""
