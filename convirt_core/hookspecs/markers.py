"""The two markers that tie a plugin to the specs."""

from __future__ import annotations

import pluggy

PROJECT = "convirt"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
