"""Write docs/reference/platform-objects.md from the platform classes; a test holds that it was done.

Run it after a class or an operation has changed: `python tools/platform_reference.py`.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING

from convirt_core.model import OPERATIONS, Capability, Operation, VMState
from convirt_core.platforms import VMM, VNode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "platform-objects.md"

INTRODUCTION = """
# Objects of a platform

Written from the classes themselves by `tools/platform_reference.py`.

A platform's hooks make a `VNode` for a server and a `VMM` for its VMs; the VMM makes `VMConfig` and `VMInfo`. They are
abstract classes with defaults in `convirt_core.platforms`: override what your hypervisor does, leave out the rest.
What is left out raises `NotSupported`, and must not be among the capabilities.

**Threads.** Every method is called from a worker thread of its server, by at most `Platform.max_concurrency` of them
at once (1 unless you say more), never from a UI thread. `VM.refusal`, `VMConfig` and `VMInfo` are pure: without I/O,
under a millisecond. `VNode.close` may be called from any thread, also while a call hangs.

**Deadlines** end the caller's wait, not your call: its thread is left behind and counted; when all are used up the
server is suspect and further calls fail at once. A change whose wait ended has an unknown outcome, and the state is
read again. Raise `ServerUnavailable` when the hypervisor does not answer, and `OutcomeUnknown` when the connection
broke after a change was sent. A listing has 10 s, a change that is done when its call returns 30 s, checks of a
definition and the first connection 60 s, operations what stands below.

## Operations

Done means seen done: after the VMM's method has returned, the VM is looked at until it is in an accepted state. A VM's
record may set another deadline, and so may `--deadline`.

| capability and method | begins in | is done in | deadline |
|---|---|---|---|
"""

BETWEEN = """
Reboot and reset do not change the state: `VMM.is_done` compares the VM before and after, by default the boots that the
connection has seen (`VM.boots`).
"""

CLOSING = """
A definition is changed through `config` and `write_config`: `set-memory`, `set-vcpus` and `set-boot-device` need no
method of their own where `VMConfig` has the keys.
"""

ASKED_WITHOUT_A_DEFAULT = {"metric_snapshot": Capability.METRICS, "subscribe": Capability.EVENTS}
"""Methods whose capability their default does not name."""


def operation_row(operation: Operation) -> str:
    """Return an operation's row of the table."""
    begins, done = states(operation.allowed), states(operation.accepted)
    return f"| `{operation.name}` | {begins} | {done} | {operation.deadline_seconds:g} s |"


def states(chosen: Iterable[VMState]) -> str:
    """Return states in the order of their definition."""
    return ", ".join(state.value for state in VMState if state in set(chosen))


def methods(cls: type) -> Iterator[str]:
    """Yield the table of a class's public methods."""
    yield "| method | capability | what it does |"
    yield "|---|---|---|"
    for name, member in vars(cls).items():
        function = member.fget if isinstance(member, property) else member
        if inspect.isfunction(function) and not name.startswith("_"):
            yield f"| `{name}` | {capability_of(name, function)} | {(inspect.getdoc(function) or '').splitlines()[0]} |"


def capability_of(name: str, function: object) -> str:
    """Return the capability that a method is for: the one that its default refuses."""
    refused = re.search(r"_refuse\(Capability\.(\w+)\)", inspect.getsource(function))  # type: ignore[arg-type]
    capability = Capability[refused[1]] if refused else ASKED_WITHOUT_A_DEFAULT.get(name)
    return f"`{capability}`" if capability else "-"


def page() -> str:
    """Return the whole page."""
    rows = "\n".join(operation_row(operation) for operation in OPERATIONS.values())
    sections = (("`VNode`: the server", VNode), ("`VMM`: what changes its VMs", VMM))
    tables = (f"\n## {title}\n\n" + "\n".join(methods(cls)) + "\n" for title, cls in sections)
    return INTRODUCTION.lstrip() + rows + "\n" + BETWEEN + "".join(tables) + CLOSING


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
