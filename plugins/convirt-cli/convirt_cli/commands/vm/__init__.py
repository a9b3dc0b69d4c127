"""`convirt vm`: one file for each kind of thing that is done to a VM.

May import what `commands` may. Knows its commands from a table: none is imported before it is typed.
"""

from __future__ import annotations

import click

from convirt_cli.lazy import Lazy, LazyGroup

_HERE = __name__

TABLE = {
    "list": Lazy(f"{_HERE}.list:list_vms", "List VMs of all servers, managed or not."),
    "info": Lazy(f"{_HERE}.info:info", "Show what VMs are and what they do now."),
    "create": Lazy(f"{_HERE}.create:create", "Define a VM from a file."),
    "start": Lazy(f"{_HERE}.life:start", "Boot stopped VMs, or continue saved ones."),
    "shutdown": Lazy(f"{_HERE}.life:shutdown", "Ask the guests to power off."),
    "reboot": Lazy(f"{_HERE}.life:reboot", "Ask the guests to reboot."),
    "reset": Lazy(f"{_HERE}.life:reset", "Push the reset button."),
    "kill": Lazy(f"{_HERE}.life:kill", "Pull the plug; what a guest had not written is lost."),
    "pause": Lazy(f"{_HERE}.life:pause", "Stop the processors; the VMs stay in memory."),
    "resume": Lazy(f"{_HERE}.life:resume", "Let paused VMs run on."),
    "save": Lazy(f"{_HERE}.save:save", "Write the memory of VMs to disk and stop them."),
    "restore": Lazy(f"{_HERE}.save:restore", "Continue VMs from files of 'vm save --to'."),
    "set": Lazy(f"{_HERE}.set:set_values", "Change the definition or the running VM."),
    "attach": Lazy(f"{_HERE}.attach:attach", "Add a disk or a network card."),
    "detach": Lazy(f"{_HERE}.detach:detach", "Take a disk or a network card away."),
    "snapshot": Lazy(f"{_HERE}.snapshot:snapshot", "Keep states, go back to them."),
    "clone": Lazy(f"{_HERE}.clone:clone", "Make a copy of a stopped VM."),
    "console": Lazy(f"{_HERE}.console:console", "Open the serial console; Ctrl-] leaves."),
    "screen": Lazy(f"{_HERE}.screen:screen", "Make the screen reachable for a viewer on this machine, until Ctrl-C."),
    "edit": Lazy(f"{_HERE}.edit:edit", "Edit the definition in $EDITOR."),
    "export": Lazy(f"{_HERE}.export:export", "Write the definition as a file for the hypervisor's own tools."),
    "import": Lazy(f"{_HERE}.adopt:import_vms", "Take VMs that were made outside under management."),
    "autostart": Lazy(f"{_HERE}.life:autostart", "Start VMs with their server, or not."),
    "migrate": Lazy(f"{_HERE}.migrate:migrate", "Move a VM to another server."),
    "remove": Lazy(f"{_HERE}.remove:remove", "Remove stopped VMs with the disks made for them."),
}


@click.group(cls=LazyGroup, table=TABLE)
def vm() -> None:
    """Virtual machines: their life, definition, devices, snapshots, console."""
