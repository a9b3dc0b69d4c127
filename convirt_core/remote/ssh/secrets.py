"""Passwords and passphrases: asked once per application, and kept in the keyring only if the person wants."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.remote.questions import Answer

_SERVICE = "convirt"
_ATTEMPTS = 3
_logger = logging.getLogger("convirt.remote")


class Secrets:
    """The secrets of one application, in memory. Any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._trying: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._right: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Secrets({len(self._right)} known)"

    def unlock(
        self, name: str, ask: Callable[[], Answer], fits: Callable[[str], bool], keep: Callable[[str], bool]
    ) -> bool:
        """Find the secret that fits: what is known, what the keyring has, then what a person says, three times.

        :param name: of the secret, such as `password of root@host1`
        :param ask: raises `LoginFailed` when nobody can answer
        :param fits: tries one
        :param keep: asks, by its name, whether the one that fits is for the keyring; only where there is a keyring
        """
        with self._guard:
            trying = self._trying[name]
        with trying:  # who waits here finds what the first one was told
            if self._recall(name, fits):
                return True
            if not any(self._try(name, ask().secret, fits) for _ in range(_ATTEMPTS)):
                return False
            if _has_keyring() and keep(name):
                _to_keyring(name, self._right[name])
            return True

    def _recall(self, name: str, fits: Callable[[str], bool]) -> bool:
        """Try what is known; the keyring, which may ask the person to unlock it, only after that."""
        known = self._right.get(name)
        if known is not None and self._try(name, known, fits):
            return True
        kept = _from_keyring(name)
        return kept is not None and kept != known and self._try(name, kept, fits)

    def _try(self, name: str, secret: str, fits: Callable[[str], bool]) -> bool:
        """Return whether it fits; one that does is known from now on, one that does not no more."""
        if not fits(secret):
            self._right.pop(name, None)
            return False
        self._right[name] = secret
        return True


def _has_keyring() -> bool:
    """Whether there is one that keeps anything: the library's stand-ins for none have no priority."""
    import keyring  # noqa: PLC0415  only a server with a password, or a locked key, pays for it

    return keyring.get_keyring().priority > 0


def _from_keyring(name: str) -> str | None:
    import keyring  # noqa: PLC0415  likewise
    from keyring.errors import KeyringError  # noqa: PLC0415  likewise

    try:
        return keyring.get_password(_SERVICE, name)
    except (KeyringError, OSError, RuntimeError) as error:  # none on a machine without a desktop, or it is locked
        _logger.info("the keyring cannot be read: %s", error)
        return None


def _to_keyring(name: str, secret: str) -> None:
    import keyring  # noqa: PLC0415  likewise
    from keyring.errors import KeyringError  # noqa: PLC0415  likewise

    try:
        keyring.set_password(_SERVICE, name, secret)
    except (KeyringError, OSError, RuntimeError) as error:
        _logger.warning("the %s cannot be kept in the keyring: %s", name, error)
