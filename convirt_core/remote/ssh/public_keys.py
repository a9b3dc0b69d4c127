"""The person's public key, put on a server so that no password is asked any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.errors import InvalidInput, OperationFailed
from convirt_core.remote.ssh.identities import agent_keys

if TYPE_CHECKING:
    from convirt_core.platforms import NodeProxy
    from convirt_core.remote.ssh.route import Route

# Adds a line to the file that sshd reads (sshd(8), "AUTHORIZED_KEYS FILE FORMAT"), whole or not at all, unless a line
# that counts has the key. What is there stays as it is, with its mode.
_ADD = """\
umask 077
cd && mkdir -p .ssh || exit 1
file=.ssh/authorized_keys
grep -v '^[[:space:]]*#' "$file" 2>/dev/null | grep -qF -- "$2" && exit 0
size=$(stat -c %s -- "$file" 2>/dev/null || echo 0)
end=$(tail -c 1 -- "$file" 2>/dev/null)
{ [ -z "$end" ] || echo; printf '%s\\n' "$1"; } >> "$file" && sync -- "$file" && { echo added; exit 0; }
truncate -s "$size" -- "$file"
exit 1
"""


def own_public_key(route: Route) -> str:
    """Return the line of the key that the person logs in with: beside a private key, or the agent's first.

    :raises InvalidInput: there is none
    """
    for path in route.identity_files:
        public = path.with_name(f"{path.name}.pub")
        if public.is_file():
            return " ".join(public.read_text(errors="replace").split())
    with agent_keys(route) as keys:
        if keys:
            return f"{keys[0].get_name()} {keys[0].get_base64()} {keys[0].comment}".strip()
    raise InvalidInput("You have no public key to put on the server.", remedy="Make one: ssh-keygen -t ed25519")


def install_key(proxy: NodeProxy, line: str) -> bool:
    """Let a key in, as the user of the proxy; return whether it was not yet.

    :param line: `kind base64 comment`
    :raises OperationFailed: the file on the server cannot be written; it is as it was
    """
    result = proxy.run(["/bin/sh", "-c", _ADD, "sh", line, line.split()[1]], environment={"LC_ALL": "C"})
    if result.exit_code:
        reason = result.error_text.rpartition(": ")[2].rstrip(".") or "it cannot be written"
        raise OperationFailed(
            f"The public key cannot be put into ~/.ssh/authorized_keys of the server: {reason}.",
            remedy="See that the file and its disk can be written there.",
        )
    return result.text == "added"
