"""The person's configuration: `config.toml`, below the environment and a front end's flags.

May import `errors`, and `config` and `plugins` when the file is edited.
"""

from convirt_core.settings.keys import KEYS, PLUGIN_DEADLINES
from convirt_core.settings.settings import Settings

__all__ = ["KEYS", "PLUGIN_DEADLINES", "Settings"]
