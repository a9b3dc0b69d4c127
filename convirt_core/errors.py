"""Everything that ConVirt raises on purpose, in one hierarchy.

A message is one sentence for the person: what was asked, what went wrong, where. The `remedy` says what
to try. The cause is chained (`raise … from error`), never quoted as a traceback.

- `ConvirtError`
    - `InvalidInput`: a value, flag or name that cannot be right
        - `ConfigError`: a file that cannot be read as what it should be; has `source`, `line`, `column`
    - `NotFound`: nothing has this name
        - `Ambiguous`: several things have it
    - `Refused`: it is known and reachable, but must not be done now
        - `AlreadyExists`: the name or identity is taken
        - `WrongState`: the VM's state does not allow it
        - `NotSupported`: this platform, server or VM cannot do it at all
        - `Conflict`: someone changed it since it was read
        - `Busy`: another task holds it
        - `ChecksFailed`: findings of severity error; has `findings` (defined beside `Finding`)
    - `OperationFailed`: the hypervisor, a command or a script said no
        - `NotDone`: it was accepted but not seen done within its deadline
    - `ServerUnavailable`: the server cannot be reached or does not answer
        - `DeadlineExceeded`: a call was not answered in time
        - `LoginFailed`: it answers, and does not let us in
    - `OutcomeUnknown`: a change was sent and its answer lost; read the state again
    - `StoreError`: the inventory cannot be opened or written
    - `PluginError`: one plugin cannot be used; has `plugin`
    - `Cancelled`: somebody cancelled the task
"""

from __future__ import annotations


class ConvirtError(Exception):
    """The root. `str(error)` is one sentence; `remedy` is what to try, or empty."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class InvalidInput(ConvirtError):
    """A value, flag or name that cannot be right."""


class ConfigError(InvalidInput):
    """A file that cannot be read as what it should be.

    :param reason: what is wrong, without the place
    :param source: the file's name, as the person gave it
    :param line: 1-based; 0 when the whole file is meant
    :param column: 1-based, in characters; 0 when the whole line is meant
    """

    def __init__(self, reason: str, *, source: str = "", line: int = 0, column: int = 0, remedy: str = "") -> None:
        place = source or "configuration"
        if line:
            place += f", line {line}"
        if column:
            place += f", column {column}"
        super().__init__(f"{place}: {reason}", remedy=remedy)
        self.reason = reason
        self.source = source
        self.line = line
        self.column = column


class NotFound(ConvirtError):
    """Nothing has this name."""


class Ambiguous(NotFound):
    """Several things have this name; the message lists them."""


class Refused(ConvirtError):
    """Known and reachable, but it must not be done now."""


class AlreadyExists(Refused):
    """The name or identity is taken."""


class WrongState(Refused):
    """The VM's state does not allow the operation."""


class NotSupported(Refused):
    """Neither platform, server nor VM can do it, now or later. Nothing was begun."""


class Conflict(Refused):
    """Someone changed it since it was read. Nothing was written."""


class Busy(Refused):
    """Another task holds it; the message names that task."""


class OperationFailed(ConvirtError):
    """The hypervisor, a command or a script said no."""


class NotDone(OperationFailed):
    """Accepted, but not seen done within its deadline; the message says what was seen."""


class ServerUnavailable(ConvirtError):
    """The server cannot be reached or does not answer."""


class DeadlineExceeded(ServerUnavailable):
    """A call was not answered in time. For a change this means: outcome unknown."""


class LoginFailed(ServerUnavailable):
    """The server answers and does not let us in: trying again changes nothing, a person has to."""


class OutcomeUnknown(ConvirtError):
    """A change was sent and its answer lost; the state must be read again before anything is repeated."""


class StoreError(ConvirtError):
    """The inventory cannot be opened or written. The file was not touched."""


class PluginError(ConvirtError):
    """One plugin cannot be used.

    :param plugin: its id as users see it, such as `platforms:kvm`
    """

    def __init__(self, message: str, *, plugin: str = "", remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.plugin = plugin


class Cancelled(ConvirtError):
    """Somebody cancelled the task; what it has made is removed."""
