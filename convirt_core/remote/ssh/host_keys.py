"""Whether a server is the one that it was before."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from convirt_core.errors import Refused
from convirt_core.remote.questions import HostKey, Questions
from convirt_core.remote.ssh.known_hosts import KnownKey, add_key, known_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convirt_core.remote.ssh.route import Route


def fingerprint(blob: bytes) -> str:
    """Return a public key's fingerprint as `ssh-keygen -l` prints it."""
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"


def preferred_kinds(offered: Sequence[str], known: Sequence[KnownKey]) -> list[str]:
    """Return the kinds of host key to ask for, those that are known first: another would look like a change."""
    kinds = {key.kind for key in known if not key.is_revoked}
    if "ssh-rsa" in kinds:  # the key's kind; its signatures have other names: RFC 8332
        kinds |= {"rsa-sha2-512", "rsa-sha2-256"}
    return sorted(offered, key=lambda kind: kind not in kinds)


def check_host_key(route: Route, kind: str, blob: bytes, questions: Questions, expected: str = "") -> None:
    """Let a known key pass, ask about a new one and remember it, refuse a changed one.

    :param kind: of the key, such as `ssh-ed25519`
    :param blob: the key as it goes over the wire
    :param expected: the fingerprint that it must have, known or not; nobody is asked about one that has it
    :raises Refused: it is not the key that is known or expected, or nobody confirms it
    :raises OperationFailed: it cannot be remembered
    """
    known = known_keys(route.all_known_hosts, route.key_name)
    same = [key for key in known if key.blob == blob]
    if revoked := next((key for key in same if key.is_revoked), None):
        raise Refused(f"The key that {route.key_name} shows was revoked ({revoked.place}).")
    other = next((key for key in known if not key.is_revoked), None)
    if other and not same:
        raise _changed(route, kind, blob, other)
    shown = HostKey(route.key_name, kind, fingerprint(blob))
    if expected:
        check_expected(shown, expected)
    if same:
        return
    if not expected and not questions.host_key(shown):
        raise Refused(
            f"The key of {route.key_name} was not confirmed ({fingerprint(blob)}).",
            remedy="Compare it with the server's own: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
        )
    if route.known_hosts:
        add_key(route.known_hosts[0], route.key_name, kind, blob, hashed=route.hashes_names)


def check_expected(shown: HostKey, expected: str) -> None:
    """Refuse a key that has another fingerprint than a person has said. Raises `Refused`."""
    if shown.fingerprint != expected:
        raise Refused(
            f"The server {shown.host} shows another key ({shown.kind} {shown.fingerprint}) than --host-key says.",
            remedy="Compare it with the server's own: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
        )


def _changed(route: Route, kind: str, blob: bytes, known: KnownKey) -> Refused:
    return Refused(
        f"{route.key_name} shows another key than before ({kind} {fingerprint(blob)}, but {known.place} has "
        f"{known.kind} {fingerprint(known.blob)}): it is another machine, was installed anew, or somebody is between.",
        remedy=f"If the change is right, forget the old key: ssh-keygen -R '{route.key_name}' -f {known.file}",
    )
