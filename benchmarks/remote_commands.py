"""100 commands on a server over the open session, against OpenSSH over the open connection of a control master."""

from __future__ import annotations

from _servers import control_master, one_server, session
from _side_by_side import command, ratio, report

COMMANDS = 100
BUDGET = 1.0

with one_server() as lab, session() as proxy, control_master(lab) as master:
    ssh = command(lab.client.ssh("-S", str(master), "h1", "true"))
    measured = ratio(
        lambda: [proxy.run(["true"]) for _ in range(COMMANDS)], lambda: [ssh() for _ in range(COMMANDS)], rounds=7
    )
report(f"{COMMANDS} commands over the session / ssh with a control master", measured, BUDGET)
