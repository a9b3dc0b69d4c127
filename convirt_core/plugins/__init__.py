"""Plugins: found, loaded, asked, checked and switched off. The only caller of pluggy and importlib_metadata.

May import `errors`, `model`, `platforms` and `hookspecs`. Its own small records are named tuples: every command
that asks a plugin pays for them, and making an attrs class takes four times as long.
"""

from typing import TYPE_CHECKING

from convirt_core.lazy import exports

if TYPE_CHECKING:
    from convirt_core.plugins.answers import FAILED_CODE, Answer
    from convirt_core.plugins.context import Context
    from convirt_core.plugins.deadlines import Deadlines
    from convirt_core.plugins.facade import Plugins
    from convirt_core.plugins.failures import FailureLog
    from convirt_core.plugins.groups import COMMANDS, EXTENSIONS, FRONT_ENDS, GROUPS, PLATFORMS, normal_id
    from convirt_core.plugins.statuses import PluginState, PluginStatus

__all__ = [
    "COMMANDS",
    "EXTENSIONS",
    "FAILED_CODE",
    "FRONT_ENDS",
    "GROUPS",
    "PLATFORMS",
    "Answer",
    "Context",
    "Deadlines",
    "FailureLog",
    "PluginState",
    "PluginStatus",
    "Plugins",
    "normal_id",
]

__getattr__ = exports(
    __name__,
    {
        "Answer": "answers",
        "COMMANDS": "groups",
        "Context": "context",
        "Deadlines": "deadlines",
        "EXTENSIONS": "groups",
        "FAILED_CODE": "answers",
        "FRONT_ENDS": "groups",
        "FailureLog": "failures",
        "GROUPS": "groups",
        "PLATFORMS": "groups",
        "PluginState": "statuses",
        "PluginStatus": "statuses",
        "Plugins": "facade",
        "normal_id": "groups",
    },
)
