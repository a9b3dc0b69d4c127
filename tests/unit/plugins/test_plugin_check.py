"""`plugin check` tries each plugin in a process of its own and keeps what it found."""

from __future__ import annotations

import tempfile
import time

import pytest
from labs.faulty_plugins import FAULTY, checker_source
from labs.processes import wait_until_gone

from convirt_core.errors import NotFound, OperationFailed
from convirt_core.plugins import Deadlines

SHORT = Deadlines(load_seconds=1, extension_seconds=0.5, stop_seconds=1, check_seconds=15)


def states(statuses):
    return {(status.distribution, status.id): status for status in statuses}


def test_every_kind_of_faulty_plugin_is_named_with_version_and_reason(faulty_distributions, monkeypatch, open_plugins):
    monkeypatch.syspath_prepend(str(faulty_distributions))
    plugins = open_plugins(deadlines=SHORT)
    plugins.check({faulty.id for faulty in FAULTY})
    known = states(plugins.list())
    for faulty in FAULTY:
        status = known[faulty.distribution, faulty.id]
        assert status.version == "1.2"
        assert faulty.reason in status.reason, faulty.id
        assert status.state in {"failed", "conflict", "incompatible"}, faulty.id


def test_a_good_plugin_is_well(site, open_plugins):
    site.platform("toy")
    plugins = open_plugins()
    begun = time.time()
    (status,) = plugins.check(["platforms:toy"])
    assert (status.state, status.reason) == ("ok", "")
    assert begun <= status.checked_at <= time.time()
    assert "ok" in [each.state for each in plugins.list() if each.name == "toy"]


def test_only_what_is_asked_for_is_checked(site, open_plugins):
    site.platform("toy")
    site.platform("other")
    plugins = open_plugins()
    plugins.check(["platforms:toy"])
    assert {each.name: each.state for each in plugins.list() if each.name in {"toy", "other"}} == {
        "toy": "ok",
        "other": "unchecked",
    }


def test_a_plugin_that_was_repaired_is_well_again(site, open_plugins):
    site.checker("toy", "1 / 0")
    plugins = open_plugins()
    assert plugins.check(["extensions:toy"])[0].state == "failed"
    site.rewrite("extension", "toy", checker_source("return []"))
    assert plugins.check(["extensions:toy"])[0].state == "ok"


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("import os; os._exit(7)", "ended the process that checked it (exit code 7)"),
        ("import os; os.abort()", "ended the process that checked it (signal SIGABRT)"),
        (
            "import os, sys; print('last words', file=sys.stderr, flush=True); os._exit(7)",
            "ended the process that checked it (exit code 7): last words",
        ),
    ],
)
def test_a_plugin_that_ends_the_process_is_named(site, open_plugins, before, reason):
    site.platform("toy", before=before)
    (status,) = open_plugins().check(["platforms:toy"])
    assert (status.state, status.reason) == ("failed", reason)


def test_a_check_that_cannot_be_stopped_from_within_is_ended_with_what_it_started(site, open_plugins, tmp_path):
    child = tmp_path / "child"
    start = f"open({str(child)!r}, 'w').write(str(subprocess.Popen(['sleep', '60']).pid))"
    site.platform("toy", before=f"import os, signal, subprocess; {start}; os.kill(os.getpid(), signal.SIGSTOP)")
    plugins = open_plugins(deadlines=Deadlines(check_seconds=2))
    (status,) = plugins.check(["platforms:toy"])
    assert status.reason == "took longer than 2 s to be checked"
    wait_until_gone(int(child.read_text()))


def test_a_disabled_plugin_is_not_imported_by_a_check(site, open_plugins, tmp_path):
    site.platform("toy", before=f"open({str(tmp_path / 'imported')!r}, 'w')")
    (status,) = open_plugins(disabled=["platforms:toy"]).check(["platforms:toy"])
    assert status.state == "disabled"
    assert not (tmp_path / "imported").exists()


def test_a_check_gives_the_plugin_its_settings_and_a_folder_that_goes_away(site, open_plugins, data_folder):
    body = "assert self.context.settings == {'colour': 'red'}; (self.context.data_folder / 'note').touch(); return []"
    site.checker("toy", body)
    (status,) = open_plugins().check(["extensions:toy"])
    assert status.reason == ""
    assert not (data_folder / "extensions-toy").exists()


def test_a_checker_that_misses_its_server_is_not_at_fault(site, open_plugins):
    body = "from convirt_core.errors import ServerUnavailable; raise ServerUnavailable('no such server')"
    site.checker("toy", body)
    (status,) = open_plugins().check(["extensions:toy"])
    assert status.state == "ok"


@pytest.mark.parametrize(
    ("hook", "arguments"),
    [
        ("convirt_before_operation", "operation"),
        ("convirt_check_placement", "request"),
        ("convirt_check_migration", "request"),
        ("convirt_validate_vm_config", "config, vnode"),
    ],
)
def test_every_check_of_an_extension_is_rehearsed(site, open_plugins, hook, arguments):
    source = (
        "from convirt_core.hookspecs import *\n"
        f"class Checker(VNodeSpec, VMMSpec, VMConfigSpec):\n"
        f"    @hookimpl\n    def {hook}(self, {arguments}): return 1 / 0\n"
    )
    site.extension("toy", source)
    (status,) = open_plugins().check(["extensions:toy"])
    assert status.reason == f"raised ZeroDivisionError in {hook}: division by zero"


def test_a_definition_is_rehearsed_with_one_that_has_the_usual_keys(site, open_plugins):
    source = (
        "from convirt_core.hookspecs import *\n"
        "class Checker(VMConfigSpec):\n"
        "    @hookimpl\n"
        "    def convirt_validate_vm_config(self, config, vnode):\n"
        "        assert config.name and config['memory'] and not config.disks() and vnode.capabilities\n"
        "        return config.validate()\n"
    )
    site.extension("toy", source)
    (status,) = open_plugins().check(["extensions:toy"])
    assert status.state == "ok"


def test_a_task_that_is_submitted_during_a_check_is_not_done(site, open_plugins, tmp_path):
    marker = tmp_path / "done"
    body = f"self.context.submit_task('Touch', lambda: open({str(marker)!r}, 'w').name); return []"
    site.checker("toy", body)
    (status,) = open_plugins().check(["extensions:toy"])
    assert status.state == "ok"
    assert not marker.exists()


def test_a_check_without_room_for_its_files_is_one_sentence(site, open_plugins, monkeypatch):
    site.platform("toy")
    monkeypatch.setattr(tempfile, "tempdir", str(site.folder / "nosuch"))
    with pytest.raises(OperationFailed, match="Plugins cannot be checked: "):
        open_plugins().check(["platforms:toy"])


def test_an_unknown_id_is_not_found(open_plugins):
    with pytest.raises(NotFound, match="No plugin 'platforms:nosuch' is installed"):
        open_plugins().check(["platforms:nosuch"])


@pytest.mark.parametrize(
    ("group", "source", "state"),
    [
        ("frontends", "class Thing:\n  name = summary = 'x'\n  def run(self, open_application, arguments): ...", "ok"),
        ("frontends", "class Thing: name = 'x'", "failed"),
        ("commands", "def Thing(): ...", "ok"),
        ("commands", "Thing = 3", "failed"),
    ],
)
def test_front_ends_and_commands_are_checked_too(site, open_plugins, group, source, state):
    site.install("convirt-thing", {f"{group}:thing": "thing_plugin:Thing"}, {"thing_plugin": source})
    (status,) = open_plugins().check([f"{group}:thing"])
    assert status.state == state
