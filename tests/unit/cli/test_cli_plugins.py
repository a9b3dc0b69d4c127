"""Plugins through the command line: seeing, checking, switching, and the commands and front ends they add."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from labs import cli_record
from labs.faulty_plugins import FAULTY, install, platform_source

if TYPE_CHECKING:
    from collections.abc import Mapping

TESTS = Path(cli_record.__file__).parent.parent

COMMAND = """
import click

@click.command("hello")
@click.option("--loud", is_flag=True)
def hello(loud):
    '''Say hello.'''
    click.echo("HELLO" if loud else "hello")
"""
FRONT_END = """
class Screen:
    name = "screen"
    summary = "A front end for tests"

    def run(self, open_application, arguments):
        with open_application() as app:
            print("on the side", len(app.grid.servers()), *arguments)
        return 0
"""


class Installation:
    """`convirt` in a process, with distributions of the test installed beside the real ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": f"{self.folder}:{TESTS}", **variables}
        environment.setdefault(cli_record.RECORD, str(self.folder / "record"))
        command = [sys.executable, cli_record.__file__, *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    def add(self, name: str, entry_points: Mapping[str, str], modules: Mapping[str, str]) -> None:
        install(self.folder, name, entry_points=entry_points, modules=modules)


@pytest.fixture
def installation(home: Path) -> Installation:
    folder = home / "site"
    folder.mkdir()
    return Installation(folder)


@pytest.fixture
def faulty(installation: Installation) -> Installation:
    for each in FAULTY:
        each.install(installation.folder)
    return installation


def test_a_command_of_a_plugin_is_found_when_it_is_typed(installation: Installation) -> None:
    installation.add("convirt-hello", {"commands:hello": "cli_hello:hello"}, {"cli_hello": COMMAND})
    assert installation("hello", "--loud").stdout == "HELLO\n"
    assert "hello" not in installation("--help").stdout
    listed = installation("plugin", "commands")
    assert "convirt-hello" in listed.stdout


def test_a_broken_command_is_one_sentence_that_names_its_distribution(installation: Installation) -> None:
    installation.add("convirt-broken", {"commands:broken": "cli_broken:nosuch"}, {"cli_broken": "x = 1\n"})
    installation.add("convirt-odd", {"commands:odd": "cli_odd:odd"}, {"cli_odd": "odd = 5\n"})
    ran = installation("broken")
    assert ran.returncode == 8
    assert "convirt-broken" in ran.stderr
    assert "Traceback" not in ran.stderr
    ran = installation("odd")
    assert ran.returncode == 8
    assert "Traceback" not in ran.stderr


def test_a_word_that_no_plugin_has_is_wrong_usage(installation: Installation) -> None:
    ran = installation("nosuch")
    assert ran.returncode == 2
    assert "No such command" in ran.stderr


def test_a_front_end_is_started_with_an_application_and_its_arguments(installation: Installation) -> None:
    installation.add("convirt-screen", {"frontends:screen": "cli_screen:Screen"}, {"cli_screen": FRONT_END})
    ran = installation("ui", "--json", "one", "--two")
    assert ran.returncode == 0, ran.stderr
    assert '"front_end": "screen"' in ran.stdout
    assert "on the side 0 one --two" in ran.stderr
    assert installation("ui", "--front-end", "screen").returncode == 0
    assert installation("ui", "--front-end", "other").returncode == 3


def test_without_a_front_end_it_is_said_how_to_get_one(convirt) -> None:
    ran = convirt("ui")
    assert ran.code == 3
    assert "pip install" in ran.err


def test_faulty_plugins_do_not_disturb_the_others(faulty: Installation) -> None:
    assert faulty("server", "add", "lab", "--platform", "test").returncode == 0
    ran = faulty("vm", "list", "--json")
    assert ran.returncode == 0
    assert ran.stderr == ""
    assert '"name": "test"' in ran.stdout


def test_after_a_check_the_list_names_each_faulty_plugin_and_why(faulty: Installation) -> None:
    Path(os.environ["CONVIRT_CONFIG"]).write_text(
        "[plugin_deadlines]\ncheck_seconds = 20\nload_seconds = 1\nextension_seconds = 1\n"
    )
    assert faulty("plugin", "check").returncode == 8
    listed = faulty("plugin", "list").stdout.splitlines()
    for each in FAULTY:
        beginning = [each.id, each.distribution, each.version]
        line = next(line for line in listed if line.split()[:3] == beginning)
        assert each.reason in line


def test_a_name_that_two_claim_works_when_one_is_disabled(installation: Installation) -> None:
    for name in ("one", "two"):
        module = f"cli_twin_{name}"
        installation.add(f"convirt-{name}", {"platforms:twin": f"{module}:Toy"}, {module: platform_source(name)})
    ran = installation("plugin", "show", "twin")
    assert ran.stdout.count("conflict") == 2
    assert installation("plugin", "disable", "dist:convirt-one").returncode == 0
    assert "two" in installation("plugin", "show", "platforms:twin").stdout
    assert installation("plugin", "enable", "dist:convirt-one").returncode == 0


def test_plugins_are_listed_shown_and_checked(convirt) -> None:
    ids = {one["id"]: one for one in convirt.json("plugin", "list")["plugins"]}
    assert ids["platforms:test"]["distribution"] == "convirt-libvirt"
    shown = convirt.json("plugin", "show", "platforms:test")
    assert shown["platform"]["display_name"] == "Test"
    assert [option["key"] for option in shown["platform"]["options"]] == ["uri"]
    assert "Distribution" in convirt("plugin", "show", "test").out
    assert "None" not in convirt.done("plugin", "show", "kvm")
    assert convirt.json("plugin", "check", "platforms:test")["plugins"][0]["state"] == "ok"
    assert convirt("plugin", "show", "nosuch").code == 3
    assert convirt.json("plugin", "commands") == {"commands": []}


def test_a_plugin_is_switched_off_and_on_with_the_comments_of_the_file_kept(convirt, home: Path) -> None:
    (home / "config.toml").write_text("# mine\n")
    assert convirt.json("plugin", "disable", "platforms:test")["results"][0]["ok"] is True
    assert {one["id"]: one["state"] for one in convirt.json("plugin", "list")["plugins"]}[
        "platforms:test"
    ] == "disabled"
    assert convirt("server", "add", "lab", "--platform", "test").code in {3, 8}
    assert convirt.json("plugin", "enable", "test")["results"][0]["ok"] is True
    assert (home / "config.toml").read_text().startswith("# mine\n")
    assert convirt("server", "add", "lab", "--platform", "test").code == 0


@pytest.mark.parametrize("mistyped", ["dist:convirt-libvrit", "platforms:tets", "tets"])
@pytest.mark.parametrize("switch", ["disable", "enable"])
def test_a_mistyped_plugin_is_not_switched(convirt, home: Path, switch: str, mistyped: str) -> None:
    ran = convirt("plugin", switch, mistyped)
    assert ran.code == 3
    assert mistyped in ran.err
    assert not (home / "config.toml").exists()


def test_what_was_uninstalled_while_it_was_off_is_taken_off_the_list(convirt, home: Path) -> None:
    (home / "config.toml").write_text('disabled_plugins = ["dist:convirt-gone", "extensions:gone"]\n')
    assert convirt("plugin", "enable", "dist:Convirt_Gone", "extensions:gone").code == 0
    assert "gone" not in (home / "config.toml").read_text()


def test_plugins_are_listed_while_the_inventory_is_damaged(convirt, home: Path) -> None:
    (home / "data").mkdir()
    (home / "data" / "inventory.sqlite").write_bytes(b"no database at all" * 100)
    assert convirt("plugin", "list").code == 0
    ran = convirt("pool", "list")
    assert ran.code == 7
    assert "Traceback" not in ran.err
