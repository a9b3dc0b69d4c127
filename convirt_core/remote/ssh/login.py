"""Logging in: the agent's keys, keys in files, a password."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from paramiko.ssh_exception import AuthenticationException, BadAuthenticationType, SSHException

from convirt_core.errors import DeadlineExceeded, LoginFailed, ServerUnavailable
from convirt_core.remote.ssh.identities import FileKeys, agent_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import paramiko

    from convirt_core.remote.questions import Questions
    from convirt_core.remote.ssh.deadline import Deadline
    from convirt_core.remote.ssh.route import Route
    from convirt_core.remote.ssh.secrets import Secrets
    from convirt_core.remote.ssh.transport import Transport

LOGIN_SECONDS = 20.0
"""For the whole of it, without the time that a person takes."""

_ATTEMPT_SECONDS = 10.0
"""For each attempt: sshd waits a moment after a wrong one."""

_NO_ANSWER = "Authentication timeout."
"""What paramiko says when that is over. It has the same class of errors for it as for a wrong key or password."""

_BY_PASSWORD = frozenset({"password", "keyboard-interactive"})


class Login:
    """One attempt to log in to a server that has shown its key.

    A server may want two methods one after the other (sshd_config(5), AuthenticationMethods): each that succeeds
    leaves those that are still wanted.

    :param deadline: for all of it
    """

    def __init__(
        self, transport: Transport, route: Route, secrets: Secrets, questions: Questions, deadline: Deadline
    ) -> None:
        self._transport = transport
        self._route = route
        self._secrets = secrets
        self._questions = questions
        self._deadline = deadline
        self._wanted: frozenset[str] = frozenset()
        self._file_keys = FileKeys(route, secrets, questions)

    def run(self) -> None:
        """Log in.

        :raises LoginFailed: the server takes nothing that we have, or a person has
        :raises DeadlineExceeded: it does not answer
        :raises ServerUnavailable: it has hung up
        """
        try:
            self._ask_for_methods()
            if "publickey" in self._wanted:
                self._try_keys()
            if self._wanted & _BY_PASSWORD and not self._transport.is_authenticated():
                self._try_password()
        except BadAuthenticationType as error:
            raise self._refused() from error
        except (SSHException, EOFError, OSError) as error:
            raise self._hung_up(error) from error
        if not self._transport.is_authenticated():
            raise self._file_keys.locked or self._refused()

    def _ask_for_methods(self) -> None:
        try:
            self._attempt(lambda: self._transport.auth_none(self._route.user))
        except BadAuthenticationType as error:
            self._wanted = frozenset(error.allowed_types)

    def _try_keys(self) -> None:
        with agent_keys(self._route) as keys:
            if self._try_each(keys):
                return
        self._try_each(self._file_keys)

    def _try_each(self, keys: Iterable[paramiko.PKey]) -> bool:
        """Try keys until one is taken; return whether one was."""
        for key in keys:
            try:
                self._attempt(partial(self._transport.auth_publickey, self._route.user, key))
            except AuthenticationException:
                continue
            return True
        return False

    def _try_password(self) -> None:
        user, host = self._route.user, self._route.key_name

        def fits(password: str) -> bool:
            try:
                self._attempt(lambda: self._transport.auth_password(user, password))
            except BadAuthenticationType:
                raise
            except AuthenticationException:
                return False
            return True

        name, questions = f"password of {user}@{host}", self._questions
        if not self._secrets.unlock(name, lambda: questions.password(user, host), fits, questions.keep):
            raise LoginFailed(
                f"{host} did not accept the password of {user}.", remedy=f"Try it with: ssh {user}@{self._route.host}"
            )

    def _attempt(self, method: Callable[[], Iterable[str]]) -> None:
        """Try one thing; note what is wanted after it."""
        self._transport.auth_timeout = max(0.1, min(_ATTEMPT_SECONDS, self._deadline.remaining))
        try:
            self._wanted = frozenset(method())
        except AuthenticationException as error:
            if str(error) == _NO_ANSWER:
                raise self._hangs() from error
            raise

    def _hangs(self) -> DeadlineExceeded:
        return DeadlineExceeded(
            f"{self._route.key_name} did not answer in time while {self._route.user} logged in.",
            remedy="Look at the server: its sshd hangs, or what it asks about the user (PAM, LDAP) does.",
        )

    def _refused(self) -> LoginFailed:
        ways = ", ".join(sorted(self._wanted)) or "nothing"
        return LoginFailed(
            f"{self._route.key_name} does not let {self._route.user} in: it takes {ways}, and none of our keys.",
            remedy="Put your public key on the server (ssh-copy-id), or name another user: convirt server edit --user.",
        )

    def _hung_up(self, error: Exception) -> ServerUnavailable:
        host = self._route.key_name
        if isinstance(error, AuthenticationException) and self._transport.is_active():
            return LoginFailed(f"{host} did not let {self._route.user} in: {error}".rstrip(".") + ".")
        remedy = (
            "If your agent has many keys, it may have been one too many: name the right one in ~/.ssh/config with "
            "IdentityFile and IdentitiesOnly yes."
        )
        return LoginFailed(f"{host} hung up while {self._route.user} logged in.", remedy=remedy)
