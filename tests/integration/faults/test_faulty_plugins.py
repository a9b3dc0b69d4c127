"""Plugins that are bad in every way: they slow nothing, spoil nothing, are named with the reason, and refuse safely."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from labs.command_line import Convirt
from labs.faulty_plugins import FAULTY, checker_source, install
from labs.guest import LabGuest
from labs.managed import Lab
from labs.sentences import check_refusal

pytestmark = pytest.mark.root

NOT_FOUND, REFUSED, PLUGIN = 3, 4, 8
ROUNDS, ATTEMPTS = 9, 3
BRIEF = "[plugin_deadlines]\ncheck_seconds = 20\nload_seconds = 1\nextension_seconds = 1\n"
TWINS = ("convirt-twin-a", "convirt-twin-b")


@pytest.fixture
def burdened(lab: Lab, faulty_distributions: Path) -> Convirt:
    """The same inventory with all the faulty distributions installed beside."""
    return Convirt(lab.convirt.home, PYTHONPATH=str(faulty_distributions))


def seconds(convirt: Convirt, *words: str) -> float:
    """How long a command takes."""
    begun = time.monotonic()
    convirt.done(*words)
    return time.monotonic() - begun


@pytest.mark.parametrize("words", [("--help",), ("vm", "list")], ids=" ".join)
def test_they_cost_at_most_a_tenth_and_20_ms(lab: Lab, burdened: Convirt, words: tuple[str, ...]) -> None:
    measured = []
    for _ in range(ATTEMPTS):  # other work on the machine may spoil one
        pairs = [(seconds(lab.convirt, *words), seconds(burdened, *words)) for _ in range(ROUNDS)]
        measured.append([statistics.median(times) for times in zip(*pairs, strict=True)])
        without, with_them = measured[-1]
        if with_them <= 1.1 * without + 0.020:
            return
    pytest.fail(f"seconds without and with them: {measured}")


def test_the_list_of_vms_stays_json(burdened: Convirt) -> None:
    listed = burdened("vm", "list", "--json")

    assert listed.returncode == 0
    assert json.loads(listed.stdout)["servers"] == [{"name": "here", "age_seconds": 0.0}]
    assert listed.stderr == ""


def test_after_a_check_each_is_named_with_distribution_version_and_reason(burdened: Convirt) -> None:
    (burdened.home / "config.toml").write_text(BRIEF)
    assert burdened("plugin", "check").returncode == PLUGIN

    listed = {(each["id"], each["distribution"]): each for each in burdened.json("plugin", "list")["plugins"]}

    for faulty in FAULTY:
        told = listed[faulty.id, faulty.distribution]
        assert told["version"] == faulty.version
        assert faulty.reason in told["reason"], told
        assert told["state"] not in {"ok", "unchecked"}
    assert listed["platforms:kvm", "convirt-kvm"]["state"] == "ok"


def adding_an_image_of_the_twin(folder: Path) -> list[str]:
    """The words that add an image for the platform that two distributions claim."""
    template = folder / "template"
    template.write_text("name = '$VM_NAME'\n")
    disk = folder / "disk.img"
    disk.touch()
    return ["image", "add", "twin", "twin", "lab", "--template", str(template), "--disk", str(disk)]


def test_of_two_that_claim_one_name_neither_is_used(burdened: Convirt, tmp_path: Path) -> None:
    refused = burdened(*adding_an_image_of_the_twin(tmp_path))

    check_refusal(refused, PLUGIN, "twin")
    assert all(name in refused.stderr for name in TWINS)


@pytest.mark.parametrize(("disabled", "left"), [TWINS, TWINS[::-1]])
def test_when_one_of_them_is_disabled_the_other_works(
    burdened: Convirt, tmp_path: Path, disabled: str, left: str
) -> None:
    burdened.done("plugin", "disable", f"dist:{disabled}")

    burdened.done("plugin", "check", "platforms:twin")

    burdened.done(*adding_an_image_of_the_twin(tmp_path))
    states = {each["distribution"]: each["state"] for each in burdened.json("plugin", "list")["plugins"]}
    assert (states[disabled], states[left]) == ("disabled", "ok")


@pytest.fixture
def stopped(outside: Callable[..., LabGuest]) -> str:
    """The name of a stopped VM."""
    guest = outside()
    guest.define()
    return guest.name


@pytest.fixture(params=["raise OSError('no such luck')", "time.sleep(60)"], ids=["raises", "sleeps"])
def hindered(request: pytest.FixtureRequest, lab: Lab, tmp_path: Path) -> Convirt:
    """An extension whose check raises, or does not return, is installed."""
    folder = tmp_path / "site"
    folder.mkdir()
    install(
        folder,
        "convirt-hinders",
        entry_points={"extensions:hinders": "hinders:Checker"},
        modules={"hinders": checker_source(request.param)},
    )
    (lab.convirt.home / "config.toml").write_text(BRIEF)
    return Convirt(lab.convirt.home, PYTHONPATH=str(folder))


@pytest.mark.guest
def test_a_check_that_fails_refuses_and_is_named(hindered: Convirt, stopped: str) -> None:
    begun = time.monotonic()

    refused = hindered("vm", "start", stopped)

    check_refusal(refused, REFUSED, f"The checks refuse start of {stopped}")
    assert "extensions:hinders" in refused.stderr
    assert time.monotonic() - begun < 15
    assert hindered.json("vm", "info", stopped)["vm"]["state"] == "stopped"


@pytest.mark.guest
def test_a_check_that_fails_is_overridden_by_force(hindered: Convirt, stopped: str) -> None:
    begun = time.monotonic()

    hindered.done("vm", "start", stopped, "--force")

    assert time.monotonic() - begun < 20
    assert hindered.json("vm", "info", stopped)["vm"]["state"] == "running"


@pytest.mark.guest
def test_a_check_that_fails_is_told_to_programs_as_a_finding(hindered: Convirt, stopped: str) -> None:
    refused = hindered("vm", "start", stopped, "--json")

    [result] = json.loads(refused.stdout)["results"]
    [finding] = result["error"]["findings"]
    assert (finding["code"], finding["severity"], finding["plugin"]) == ("plugin-failed", "error", "extensions:hinders")
