"""A plugin that fails or hangs is an answer with an error that names it; everything else goes on."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from labs.faulty_plugins import platform_source

import convirt_core.plugins
from convirt_core.errors import PluginError, ServerUnavailable
from convirt_core.hookspecs import PlatformSpec, VMMSpec
from convirt_core.plugins import Deadlines


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("raise RuntimeError('out of order')", "raised RuntimeError on import: out of order"),
        ("raise RuntimeError('two\\nlines')", "raised RuntimeError on import: two lines"),
        ("import convirt_nowhere", "raised ModuleNotFoundError on import: No module named 'convirt_nowhere'"),
        ("import sys; sys.exit(3)", "called sys.exit(3) on import"),
        ("raise KeyboardInterrupt", "raised KeyboardInterrupt on import"),
        ("syntax error", "raised SyntaxError on import: invalid syntax"),
        ("from convirt_core.errors import ConvirtError; raise ConvirtError('no')", "raised ConvirtError on import: no"),
    ],
)
def test_a_plugin_that_fails_on_import_is_named_with_version_and_reason(site, open_plugins, before, reason):
    site.platform("toy", before=before)
    site.platform("good")
    plugins = open_plugins()
    with pytest.raises(PluginError) as caught:
        plugins.platform("toy")
    assert caught.value.message.startswith(f"The plugin platforms:toy (convirt-toy 1.0) {reason}")
    assert caught.value.plugin == "platforms:toy"
    assert "convirt plugin disable platforms:toy" in caught.value.remedy
    assert plugins.platform("good").display_name == "GOOD"


def test_an_import_that_hangs_costs_its_deadline_once(site, open_plugins):
    site.platform("toy", before="import time; time.sleep(60)")
    plugins = open_plugins(deadlines=Deadlines(load_seconds=0.2))
    begun = time.monotonic()
    for _ in range(3):
        with pytest.raises(PluginError, match=r"took longer than 0.2 s on import"):
            plugins.platform("toy")
    assert time.monotonic() - begun < 2


def test_an_import_that_hangs_does_not_hold_up_another_plugin(site, open_plugins):
    site.platform("toy", before="import time; time.sleep(60)")
    site.platform("good")
    plugins = open_plugins(deadlines=Deadlines(load_seconds=3))
    hung = threading.Thread(target=plugins.ask, args=("toy", PlatformSpec.convirt_platform), daemon=True)
    hung.start()
    begun = time.monotonic()
    assert plugins.platform("good").display_name == "GOOD"
    assert time.monotonic() - begun < 2.5
    assert hung.is_alive()


def test_a_process_ends_at_once_with_an_import_that_hangs(site):
    site.platform("toy", before="import time; time.sleep(60)")
    script = (
        "from pathlib import Path\n"
        "from convirt_core.errors import PluginError\n"
        "from convirt_core.plugins import Deadlines, Plugins\n"
        "soon = Deadlines(load_seconds=0.2)\n"
        f"plugins = Plugins.open(Path({str(site.folder)!r}), context_for=print, deadlines=soon)\n"
        "try:\n    plugins.platform('toy')\nexcept PluginError as error:\n    print(error)\n"
    )
    environment = {"PYTHONPATH": str(site.folder)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20, check=True)
    assert "took longer than 0.2 s on import" in done.stdout


def test_threads_that_ask_at_once_load_a_plugin_once(site, open_plugins):
    count = "    made = 0\n    def __init__(self, context):\n        Toy.made += 1\n    @hookimpl"
    source = platform_source("Count", before="import time; time.sleep(0.1)").replace("    @hookimpl", count)
    site.install("convirt-count", {"platforms:count": "count_plugin:Toy"}, {"count_plugin": source})
    plugins = open_plugins()
    barrier = threading.Barrier(8)

    def ask():
        barrier.wait()
        plugins.platform("count")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sys.modules["count_plugin"].Toy.made == 1


def test_an_init_that_fails_is_a_fault(site, open_plugins):
    site.extension("toy", "from convirt_core.hookspecs import VMMSpec\nclass Checker(VMMSpec):\n  __init__ = None\n")
    (answer,) = open_plugins().start_extensions()
    assert "raised TypeError when it was made" in answer.error.message


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("1 / 0", "raised ZeroDivisionError in convirt_before_operation: division by zero"),
        ("raise SystemExit", "called sys.exit(None) in convirt_before_operation"),
        ("return 'fine'", "answered convirt_before_operation with a str instead of a list of Finding"),
        ("return ['fine']", "answered convirt_before_operation with a list of str instead of a list of Finding"),
        ("return None", "answered convirt_before_operation with None instead of a list of Finding"),
    ],
)
def test_a_checker_that_fails_is_itself_an_error_finding(site, open_plugins, start_request, body, reason):
    site.platform("toy")
    site.checker("grim", body)
    site.checker("good", "return [Finding('seen', 'Test', Severity.INFO, 'Seen.')]")
    findings = open_plugins().findings("toy", VMMSpec.convirt_before_operation, operation=start_request)
    assert [(f.code, f.severity, f.plugin) for f in findings] == [
        ("seen", "info", "extensions:good"),
        ("plugin-failed", "error", "extensions:grim"),
    ]
    assert findings[1].message == f"The plugin extensions:grim (convirt-grim 1.0) {reason}."


def test_a_checker_that_cannot_be_loaded_is_an_error_finding_too(site, open_plugins, start_request):
    site.platform("toy")
    site.extension("grim", "raise RuntimeError('out of order')")
    (finding,) = open_plugins().findings("toy", VMMSpec.convirt_before_operation, operation=start_request)
    assert (finding.code, finding.severity, finding.plugin) == ("plugin-failed", "error", "extensions:grim")


def test_a_checker_that_sleeps_costs_its_deadline_once(site, open_plugins, impatient, start_request):
    site.platform("toy")
    site.checker("sleepy", "time.sleep(60)")
    plugins = open_plugins(deadlines=impatient)
    begun = time.monotonic()
    for _ in range(10):
        (finding,) = plugins.findings("toy", VMMSpec.convirt_before_operation, operation=start_request)
        assert "took longer than 0.2 s in convirt_before_operation" in finding.message
    assert time.monotonic() - begun < 2


def test_a_platform_that_was_late_is_asked_again(site, open_plugins, impatient):
    body = "return Platform('TOY', frozenset({Capability.START}))"
    late = f"import time; time.sleep(60 if not Path(__file__).with_suffix('.once').exists() else 0); {body}"
    source = "from pathlib import Path\n" + platform_source("TOY").replace(body, late)
    site.install("convirt-toy", {"platforms:toy": "toy_plugin:Toy"}, {"toy_plugin": source})
    plugins = open_plugins(deadlines=impatient)
    with pytest.raises(PluginError, match="took longer"):
        plugins.platform("toy")
    (site.folder / "toy_plugin.once").touch()
    assert plugins.platform("toy").display_name == "TOY"


def test_what_a_platform_raises_on_purpose_reaches_the_caller(site, open_plugins):
    source = platform_source("TOY").replace("return Platform", "raise ServerUnavailable('host1 is away.')\n#")
    source = f"from convirt_core.errors import ServerUnavailable\n{source}"
    site.install("convirt-toy", {"platforms:toy": "toy_plugin:Toy"}, {"toy_plugin": source})
    with pytest.raises(ServerUnavailable, match=r"host1 is away\."):
        open_plugins().platform("toy")


def test_a_platform_that_does_not_say_what_it_is_is_a_fault(site, open_plugins):
    source = platform_source("TOY").replace("return Platform", "return str")
    source = source.replace("frozenset({Capability.START})", "")
    source = source.replace("'TOY', ", "'TOY'")
    site.install("convirt-toy", {"platforms:toy": "toy_plugin:Toy"}, {"toy_plugin": source})
    with pytest.raises(PluginError, match="answered convirt_platform with a str instead of Platform"):
        open_plugins().platform("toy")


def test_detection_goes_on_past_a_platform_that_fails(site, open_plugins):
    site.platform("bad", before="raise RuntimeError('out of order')")
    site.platform("good")
    answers = {answer.plugin: answer for answer in open_plugins().ask_platforms(PlatformSpec.convirt_platform)}
    assert answers["platforms:good"].value.display_name == "GOOD"
    assert "out of order" in answers["platforms:bad"].error.message


def test_no_private_attribute_of_pluggy_or_importlib_metadata_is_touched():
    sources = Path(convirt_core.plugins.__file__).parent.glob("*.py")
    words = ("._hookimpls", "_hookexec", "_name2plugin", "_inner_hookexec", "_normalized_name", "._path", "._for")
    assert [(path.name, word) for path in sources for word in words if word in path.read_text()] == []
