"""A plugin's own part of the application."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from convirt_core.hookspecs import PluginContext
from convirt_core.plugins import Context


def test_the_folder_is_made_when_it_is_asked_for(context_for, data_folder):
    context = context_for("extensions:quota")
    assert not data_folder.exists()
    assert context.data_folder == data_folder / "extensions-quota"
    assert context.data_folder.is_dir()


def test_the_logger_bears_the_plugins_id(context_for):
    assert context_for("extensions:quota").logger.name == "convirt.plugins.extensions:quota"


def test_a_thread_is_a_daemon_and_its_failure_is_logged(context_for, caplog):
    done = threading.Event()

    def work():
        done.set()
        raise ValueError("poll failed")

    with caplog.at_level(logging.ERROR):
        thread = context_for("extensions:quota").start_thread("poll", work)
        thread.join(5)
    assert thread.daemon
    assert done.is_set()
    assert "'poll' of extensions:quota" in caplog.text


def test_a_task_is_submitted_in_the_plugins_name(context_for):
    seen = []
    context = Context("extensions:quota", {}, None, lambda *arguments: seen.append(arguments) or "t1", Path("/x"))
    assert context.submit_task("Count", str) == "t1"
    assert seen == [("Count", "extensions:quota", str)]


def test_it_is_what_the_specs_promise(context_for):
    context: PluginContext = context_for("extensions:quota")
    promised = {name for name in vars(PluginContext) if not name.startswith("_")}
    assert promised <= set(dir(context))
