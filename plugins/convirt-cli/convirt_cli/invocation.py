"""One run of `convirt`: its global options, the application it opens, the stream it answers on."""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, TextIO

import click

from convirt_cli import failure, tables
from convirt_cli.parts import visible
from convirt_core.errors import ConvirtError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from convirt_cli.parts import Part
    from convirt_cli.questions import TerminalQuestions
    from convirt_cli.rich_tables import LiveTable
    from convirt_core.app import Application
    from convirt_core.model import Task
    from convirt_core.plugins import Plugins
    from convirt_core.settings import Settings


class Invocation:
    """What every command is given (`@click.pass_obj`).

    :param config_file: of `--config`; None: as environment and platform say
    """

    def __init__(self, config_file: Path | None = None) -> None:
        self.config_file = config_file
        self.as_json = False
        self.verbosity = 0
        self._stream: TextIO = sys.stdout
        self._app: Application | None = None
        self._has_recovered = False
        self._open = ExitStack()
        self._opening = RLock()  # several targets are worked on in threads, and the first of them opens it

    @property
    def settings(self) -> Settings:
        """The configuration. Raises `ConfigError`."""
        from convirt_core.settings import Settings  # noqa: PLC0415  `--help` must not pay for it

        return Settings.load(os.environ, self.config_file)

    @cached_property
    def questions(self) -> TerminalQuestions:
        """What a person is asked on the way to a server."""
        from convirt_cli.questions import TerminalQuestions  # noqa: PLC0415  as above

        return TerminalQuestions()

    @property
    def app(self) -> Application:
        """The application with its inventory; tells what tasks were interrupted when first asked for."""
        with self._opening:
            if not self._has_recovered:
                self._has_recovered = True
                for task in self._opened().recover(self._tell_slow):
                    self.note(interrupted_text(task))
            return self._opened()

    @property
    def plugins(self) -> Plugins:
        """What is installed: can be seen and switched while the inventory cannot be opened."""
        return self._opened().plugins

    def another_application(self) -> Application:
        """Open an application of its own for a front end, which closes it."""
        from convirt_core.app import Application  # noqa: PLC0415  as above

        return Application.open(self.settings, questions=lambda: self.questions)

    def close(self) -> None:
        """Close the application, if one was opened; an interruption ends only this, for what was asked for is done."""
        self._app = None
        with suppress(KeyboardInterrupt):
            self._open.close()
        if "questions" in vars(self):
            self.questions.abandon()

    def _tell_slow(self, task: Task) -> None:
        """Tell why nothing happens: the remains of a task are removed first, from a server that may not answer."""
        app, names = self._app, list[str]()
        if app is None:  # closed meanwhile: nobody waits any more
            return
        with suppress(ConvirtError):  # the names say more, and are not worth a failure
            on = {remain.server for remain in task.remains}
            names = [node.name for node in app.servers.all() if node.id in on]
        self.note(undoing_text(names))

    def _opened(self) -> Application:
        if self._app is None:
            from convirt_core.app import Application  # noqa: PLC0415  as above
            from convirt_core.logs import logging_to  # noqa: PLC0415  as above

            settings = self.settings
            self._open.enter_context(logging_to(settings.log_file, level=settings.log_level, verbosity=self.verbosity))
            self._app = self._open.enter_context(Application.open(settings, questions=lambda: self.questions))
        return self._app

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Keep the real standard output for the answer: what anything else prints goes to standard error."""
        self._stream = sys.stdout
        with redirect_stdout(sys.stderr):
            try:
                yield
            except ConvirtError as error:
                if self.as_json:
                    self._write_json({"error": failure.as_data(error)})
                raise

    def answer(self, data: Mapping[str, object], *parts: Part) -> None:
        """Give the answer: `data` with `--json`, else the parts."""
        if self.as_json:
            self._write_json(data)
        else:
            self._write(parts)

    def answer_line(self, data: Mapping[str, object], text: str) -> None:
        """Give one line of an answer that goes on: `data` with `--json`, else the text."""
        if self.as_json:
            self._write_json(data, indent=None)
        else:
            with tables.writing(self._stream):
                self._stream.write(f"{text}\n")
                self._stream.flush()

    def live_table(self) -> LiveTable | None:
        """Return a table whose rows can change where they stand; None where the answer goes to no terminal."""
        if self.as_json or not self._stream.isatty():
            return None
        from convirt_cli.rich_tables import LiveTable  # noqa: PLC0415  rich takes 60 ms to import: for a terminal only

        return LiveTable(self._stream)

    def write_bytes(self, data: bytes) -> None:
        """Write a part of an answer that is no text, such as a console's output, at once."""
        with tables.writing(self._stream):
            self._stream.buffer.write(data)
            self._stream.buffer.flush()

    def show(self, *parts: Part) -> None:
        """Show how it goes, while it goes: part of the answer for a person, beside a JSON answer."""
        if not self.as_json:
            self._write(parts)
            return
        tables.write(parts, sys.stderr)
        sys.stderr.flush()

    def note(self, text: str) -> None:
        """Tell something beside the answer."""
        click.echo(visible(text), err=True)

    def _write_json(self, data: Mapping[str, object], *, indent: int | None = 2) -> None:
        with tables.writing(self._stream):
            json.dump(data, self._stream, indent=indent, ensure_ascii=False)
            self._stream.write("\n")
            self._stream.flush()

    def _write(self, parts: Sequence[Part]) -> None:
        with tables.writing(self._stream):
            tables.write(parts, self._stream)
            self._stream.flush()


def undoing_text(servers: Sequence[str]) -> str:
    """Return what to tell while the remains of an earlier task are being removed.

    :param servers: names of those that they are on
    """
    where = f" on {', '.join(servers)}" if servers else ""
    return f"Undoing what an earlier task left{where} …"


def interrupted_text(task: Task) -> str:
    """Return what to tell about a task that ended before, and whose remains were removed just now."""
    how = "failed" if task.state.value == "failed" else f"was {task.state}"
    left = f" {len(task.remains)} of the things it made could not be removed yet." if task.remains else ""
    return f"{task.title} {how}.{left} See 'convirt task show {task.id}'."


def of(ctx: click.Context) -> Invocation:
    """Return the run that a click context belongs to."""
    root = ctx.find_root()
    if root.obj is None:
        root.obj = Invocation(root.params.get("config"))
        root.call_on_close(root.obj.close)
    run: Invocation = root.obj
    return run
