"""What a plugin did wrong, told as the plugin's fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from convirt_core.errors import ConvirtError, PluginError
from convirt_core.plugins.deadlines import Late, Left, within

if TYPE_CHECKING:
    from collections.abc import Callable

    from convirt_core.plugins.candidates import Candidate

T = TypeVar("T")

_LONGEST = 300
"""Characters of a plugin's own message that are shown."""


class PluginFault(PluginError):
    """One plugin cannot be used, or failed when it was.

    :ivar reason: the sentence without its subject, such as `raised RuntimeError on import: boom`
    :ivar stage: where it was seen: `metadata`, `load`, `ask` or `output`
    """

    def __init__(self, candidate: Candidate, reason: str, *, stage: str, remedy: str = "") -> None:
        super().__init__(
            f"The plugin {candidate.title} {reason}.",
            plugin=candidate.id,
            remedy=remedy or f"See 'convirt plugin list'; 'convirt plugin disable {candidate.id}' does without it.",
        )
        self.reason = reason
        self.stage = stage


class LateFault(PluginFault):
    """It has not answered in time; the thread that waits for it was abandoned."""


def guarded(
    candidate: Candidate,
    seconds: float,
    doing: str,
    stage: str,
    call: Callable[[], T],
    *,
    lets: type[ConvirtError] = PluginFault,
) -> T:
    """Run code of a plugin. Whatever goes wrong becomes its fault.

    :param doing: for the message, such as `on import` or `in convirt_platform`
    :param lets: an error of this class is no fault and goes through as it is
    :raises LateFault: after `seconds`
    :raises PluginFault: if it raised, or called `sys.exit`
    """
    try:
        return within(seconds, call, name=f"{candidate.id} {doing}")
    except lets:
        raise
    except Late as error:
        raise LateFault(candidate, f"took longer than {seconds:g} s {doing}", stage=stage) from error
    except Left as error:
        raise PluginFault(candidate, f"{error} {doing}", stage=stage) from error
    except Exception as error:
        raise PluginFault(candidate, f"raised {_summary(error, doing)}", stage=stage) from error


def _summary(error: Exception, doing: str) -> str:
    text = " ".join(str(error).split())
    text = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return f"{type(error).__name__} {doing}" + (f": {text}" if text else "")
