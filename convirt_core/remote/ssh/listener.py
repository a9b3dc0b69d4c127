"""Who uses a connection, as far as the connection has something to tell."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from convirt_core.remote.questions import Answer, HostKey, Questions


class Listener(NamedTuple):
    """One user of a connection.

    :param lost: told, with the reason, when it has ended by itself; from another thread
    :param asking: held while a person is asked on the way
    """

    lost: Callable[[str], None] = lambda _: None
    asking: Callable[[], AbstractContextManager[None]] = nullcontext


class HeldQuestions:
    """The questions of a front end, while each of which all who wait for the connection are patient.

    :param turn: held while one is asked, so that a person is asked one thing at a time
    :param listeners: those who use the connection at the moment of a question
    """

    def __init__(
        self, questions: Questions, turn: AbstractContextManager[object], listeners: Callable[[], Iterable[Listener]]
    ) -> None:
        self._questions = questions
        self._turn = turn
        self._listeners = listeners

    def host_key(self, key: HostKey) -> bool:
        """See `Questions.host_key`."""
        with self._asking():
            return self._questions.host_key(key)

    def password(self, user: str, host: str) -> Answer:
        """See `Questions.password`."""
        with self._asking():
            return self._questions.password(user, host)

    def passphrase(self, path: str) -> Answer:
        """See `Questions.passphrase`."""
        with self._asking():
            return self._questions.passphrase(path)

    def keep(self, name: str) -> bool:
        """See `Questions.keep`."""
        with self._asking():
            return self._questions.keep(name)

    def _asking(self) -> ExitStack:
        stack = ExitStack()
        for listener in self._listeners():
            stack.enter_context(listener.asking())
        stack.enter_context(self._turn)  # last: to wait for one's turn takes no patience either
        return stack
