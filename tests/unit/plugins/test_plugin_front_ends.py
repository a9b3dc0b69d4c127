"""Front ends and commands are imported when they are used, and hold no hooks."""

from __future__ import annotations

import pytest

from convirt_core.errors import NotFound, PluginError

WINDOW = """
class Window:
    name = "window"
    summary = "A window"
    def run(self, open_application, arguments):
        return len(arguments)
"""


def test_a_front_end_is_made_and_run(site, open_plugins):
    site.install("convirt-window", {"frontends:window": "window:Window"}, {"window": WINDOW})
    plugins = open_plugins()
    assert "window" in plugins.front_end_names()
    assert plugins.load_front_end("window").run(list, ["a", "b"]) == 2


def test_what_is_no_front_end_is_named_with_what_it_lacks(site, open_plugins):
    site.install("convirt-window", {"frontends:window": "window:Window"}, {"window": "class Window: name = 'x'"})
    with pytest.raises(PluginError, match="which has no summary and no run"):
        open_plugins().load_front_end("window")


def test_a_command_is_loaded_as_it_is(site, open_plugins):
    site.install("convirt-greet", {"commands:greet": "greet:greet"}, {"greet": "def greet(): return 'hello'"})
    plugins = open_plugins()
    assert "greet" in plugins.command_names()
    assert plugins.load_command("greet")() == "hello"


def test_a_command_that_exits_on_import_is_a_fault(site, open_plugins):
    site.install("convirt-greet", {"commands:greet": "greet:greet"}, {"greet": "raise SystemExit(1)"})
    with pytest.raises(PluginError, match=r"commands:greet \(convirt-greet 1.0\) called sys.exit\(1\) on import"):
        open_plugins().load_command("greet")


def test_an_unknown_front_end_is_not_found(open_plugins):
    with pytest.raises(NotFound, match="No frontend 'gtk' is installed"):
        open_plugins().load_front_end("gtk")
