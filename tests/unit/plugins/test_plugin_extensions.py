"""Extensions are started before all else, told of events in order, and stopped at the end."""

from __future__ import annotations

import threading
import time

import pytest

from convirt_core.errors import PluginError
from convirt_core.hookspecs import ExtensionSpec, VMMSpec
from convirt_core.model import Event, EventKind

DIARY = """
import time
from convirt_core.hookspecs import ExtensionSpec, VMMSpec, hookimpl

diary = []

class Checker(ExtensionSpec, VMMSpec):
    @hookimpl
    def convirt_start(self):
        diary.append("start")
        {start}
    @hookimpl
    def convirt_stop(self):
        diary.append("stop")
        {stop}
    @hookimpl
    def convirt_event(self, event):
        {event}
        diary.append(event.key)
    @hookimpl
    def convirt_before_operation(self, operation):
        diary.append("asked")
        return []
"""


@pytest.fixture
def diarist(site):
    """Installs an extension that writes down what it is called for; returns where it does."""

    def install(name="diary", *, start="", stop="", event=""):
        site.extension(name, DIARY.format(start=start, stop=stop, event=event))
        return lambda: site.module("extension", name).diary

    site.platform("toy")
    return install


def events(*keys):
    return [Event("server-1", EventKind.STATE, key) for key in keys]


def ask(plugins, request):
    return plugins.findings("toy", VMMSpec.convirt_before_operation, operation=request)


def test_an_extension_is_started_once_and_before_it_is_asked(diarist, open_plugins, start_request):
    diary = diarist()
    plugins = open_plugins()
    ask(plugins, start_request)
    ask(plugins, start_request)
    assert diary() == ["start", "asked", "asked"]


def test_a_start_that_fails_disables_the_extension_for_this_run(diarist, open_plugins, start_request):
    diary = diarist(start="raise OSError('no socket')")
    plugins = open_plugins()
    for _ in range(2):
        (finding,) = ask(plugins, start_request)
        assert "raised OSError in convirt_start: no socket" in finding.message
    plugins.close()
    assert diary() == ["start"]


def test_all_extensions_can_be_started_at_once_and_failures_are_reported(diarist, open_plugins):
    diary = diarist("good")
    diarist("bad", start="1 / 0")
    answers = {answer.plugin: answer.error for answer in open_plugins().start_extensions()}
    assert diary() == ["start"]
    assert answers["extensions:good"] is None
    assert isinstance(answers["extensions:bad"], PluginError)


def test_an_extension_is_stopped_once_when_the_application_closes(diarist, open_plugins):
    diary = diarist()
    plugins = open_plugins()
    plugins.start_extensions()
    plugins.close()
    plugins.close()
    assert diary() == ["start", "stop"]


@pytest.mark.parametrize("stop", ["time.sleep(60)", "raise OSError", "raise SystemExit"])
def test_a_stop_that_fails_or_hangs_does_not_hold_up_the_close(diarist, open_plugins, impatient, stop):
    diarist("a", stop=stop)
    diary = diarist("b")
    plugins = open_plugins(deadlines=impatient)
    plugins.start_extensions()
    begun = time.monotonic()
    plugins.close()
    assert time.monotonic() - begun < 2
    assert diary() == ["start", "stop"]


def test_nothing_is_loaded_after_the_close(diarist, open_plugins):
    diarist()
    plugins = open_plugins()
    plugins.close()
    (answer,) = plugins.start_extensions()
    assert answer.error.message == "The application is closed."


def test_events_arrive_in_order_before_the_close_ends(diarist, open_plugins):
    diary = diarist()
    plugins = open_plugins()
    for event in events(*map(str, range(100))):
        plugins.tell(ExtensionSpec.convirt_event, event=event)
    plugins.close()
    assert diary() == ["start", *map(str, range(100)), "stop"]


def test_telling_does_not_wait_for_a_slow_listener(diarist, open_plugins, impatient):
    diarist(event="time.sleep(0.1)")
    plugins = open_plugins(deadlines=impatient)
    begun = time.monotonic()
    for event in events("1", "2", "3"):
        plugins.tell(ExtensionSpec.convirt_event, event=event)
    assert time.monotonic() - begun < 0.1


def test_a_listener_that_hangs_keeps_nothing_from_the_others(diarist, open_plugins, impatient):
    diarist("a", event="time.sleep(60)")
    diary = diarist("b")
    plugins = open_plugins(deadlines=impatient)
    plugins.start_extensions()
    for event in events("1", "2", "3"):
        plugins.tell(ExtensionSpec.convirt_event, event=event)
    deadline = time.monotonic() + 5
    while "3" not in diary() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert diary() == ["start", "1", "2", "3"]


def test_a_listener_that_raises_hears_the_next_event(diarist, open_plugins):
    diary = diarist(event="1 / (event.key != 'bad')")
    plugins = open_plugins()
    for event in events("1", "bad", "2"):
        plugins.tell(ExtensionSpec.convirt_event, event=event)
    plugins.close()
    assert diary() == ["start", "1", "2", "stop"]


def test_what_is_told_after_the_close_is_dropped(diarist, open_plugins):
    diarist()
    plugins = open_plugins()
    plugins.close()
    plugins.tell(ExtensionSpec.convirt_event, event=events("1")[0])
    assert not [thread for thread in threading.enumerate() if thread.name == "convirt-deliveries"]
