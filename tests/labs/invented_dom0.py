"""A domain 0 of libvirt's test driver: its VMs, and what `xl` says beside them."""

import json

from convirt_core.platforms import CommandResult

WEB, DB, HAND = (f"0000000{number}-0000-4000-8000-000000000000" for number in (1, 2, 3))
DOMAIN = "<domain type='test'><name>{}</name><uuid>{}</uuid><memory>131072</memory><os><type>hvm</type></os></domain>"
TABLE = "Name ID Mem VCPUs State Time(s)\n"
LOG = "/var/log/libvirt/libxl/libxl-driver.log"


def holds(proxy, *held) -> None:
    """Have `xl` say this of (id, key, name, kind, letters)."""
    rows = "".join(f"{name} {number} 64 1 {letters} 0.1\n" for number, _, name, _, letters in held)
    entries = [
        {"domid": n, "config": {"c_info": {"type": kind, "name": name, "uuid": key}, "b_info": {"max_memkb": 131072}}}
        for n, key, name, kind, _ in held
    ]
    proxy.table = CommandResult((), 0, (TABLE + rows).encode(), b"")
    proxy.domains = CommandResult((), 0, json.dumps(entries, indent=4).encode(), b"")


def listed(vnode, name):
    """The VM of this name, as a listing of all has it."""
    return next(vm for vm in vnode.vms() if vm.name == name)


def works_on(vnode, *keys):
    """Have libvirt work on these VMs at this moment."""
    vnode.is_worked_on = lambda key: key in keys
