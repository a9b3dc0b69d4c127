"""What a person is asked on the way to a server, on the terminal that `convirt` runs in."""

from __future__ import annotations

import os
import sys
import termios
from contextlib import suppress

import click

from convirt_core.errors import InvalidInput, LoginFailed, Refused
from convirt_core.remote.questions import Answer, HostKey, NobodyToAsk

_ANSWERS = {"y": True, "yes": True, "n": False, "no": False, "": False}


class TerminalQuestions(NobodyToAsk):
    """Asks on standard error and reads from the terminal; where there is none, nobody is here. A `Questions`.

    Ctrl-C at a question is a `KeyboardInterrupt` in the thread that asks, which a `Call` hands on to who waits for it.
    """

    def __init__(self) -> None:
        self._accepts_new = False
        self._fingerprint = ""
        self._terminal: tuple[int, list[int | list[bytes | int]]] | None = None

    def expect(self, *, fingerprint: str | None = None, any_new: bool = False) -> None:
        """Take from now on the key of a server that is new to us without a question.

        :param fingerprint: the one that it must have, such as `SHA256:…`; None: any, or ask
        :raises InvalidInput: this is no fingerprint
        """
        self._fingerprint = check_fingerprint(fingerprint) if fingerprint else ""
        self._accepts_new = any_new

    def host_key(self, key: HostKey) -> bool:
        """Take a key that the command line speaks of, or ask."""
        if self._fingerprint:
            self._check_named(key)
            return True
        if self._accepts_new:
            click.echo(f"The server {key.host} is new: its key {key.kind} {key.fingerprint} is taken unseen.", err=True)
            return True
        if not sys.stdin.isatty():
            return super().host_key(key)
        click.echo(f"The server {key.host} is new. It shows the key {key.kind} {key.fingerprint}.", err=True)
        return self._confirmed("Is that right?")

    def password(self, user: str, host: str) -> Answer:
        """Ask for it."""
        if not sys.stdin.isatty():
            return super().password(user, host)
        return self._secret(f"Password of {user} on {host}")

    def passphrase(self, path: str) -> Answer:
        """Ask for it."""
        if not sys.stdin.isatty():
            return super().passphrase(path)
        return self._secret(f"Passphrase of the key {path}")

    def keep(self, name: str) -> bool:
        """Ask it."""
        return self._confirmed(f"Keep the {name} in the keyring?")

    def abandon(self) -> None:
        """Give the terminal back as it was: a question may still be open in another thread when the command ends."""
        terminal, self._terminal = self._terminal, None
        if terminal is not None:
            with suppress(termios.error):
                termios.tcsetattr(terminal[0], termios.TCSADRAIN, terminal[1])

    def _check_named(self, key: HostKey) -> None:
        if key.fingerprint != self._fingerprint:
            raise Refused(
                f"The server {key.host} shows another key ({key.kind} {key.fingerprint}) than --host-key says.",
                remedy="Compare it with the server's own: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
            )

    def _secret(self, question: str) -> Answer:
        self._terminal = (sys.stdin.fileno(), termios.tcgetattr(sys.stdin.fileno()))
        try:
            secret = click.prompt(question, hide_input=True, err=True, default="", show_default=False)
            if not secret:
                raise LoginFailed("Nothing was typed.")
            return Answer(secret)
        except click.Abort as error:  # click's word for Ctrl-C and the end of the input
            raise KeyboardInterrupt from error
        finally:
            self.abandon()

    @staticmethod
    def _confirmed(question: str) -> bool:
        """Ask it, past the buffer of standard input: the process cannot end while another thread waits in that."""
        while True:
            click.echo(f"{question} [y/N]: ", nl=False, err=True)
            typed = os.read(sys.stdin.fileno(), 1024)
            if not typed:
                raise KeyboardInterrupt
            answer = typed.decode(errors="replace").strip().lower()
            if answer in _ANSWERS:
                return _ANSWERS[answer]
            click.echo("Say yes or no.", err=True)


def check_fingerprint(text: str) -> str:
    """Return what `--host-key` says. Raises `InvalidInput` for what is no fingerprint."""
    kind, _, digest = text.partition(":")
    if kind != "SHA256" or len(digest) != 43:  # 32 bytes in base64 without the padding
        raise InvalidInput(
            f"{text!r} is no fingerprint of a key.", remedy="It is SHA256:… as 'ssh-keygen -l' prints it."
        )
    return text
