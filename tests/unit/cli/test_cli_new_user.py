"""What a person met in the first half hour, and should not meet again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from labs.cli_here import ConvirtHere

from convirt_cli.shapes import metrics
from convirt_core.model import VMMetrics, VMState

DEFINITION = """\
name = 'web'
memory = 256
vcpus = 2
disk = ['file:/srv/web.img,vda,w']
vif = ['mac=00:16:3e:00:00:01,bridge=br0']
"""


@pytest.fixture
def web(with_server: ConvirtHere, home: Path) -> ConvirtHere:
    """With a stopped VM `web`."""
    (home / "web").write_text(DEFINITION)
    with_server.done("vm", "create", str(home / "web"), "--force")
    return with_server


def test_sizes_and_their_limits_are_set_together_in_any_order(web: ConvirtHere) -> None:
    web.done("vm", "set", "web", "maxvcpus=2", "memory=128", "vcpus=1", "maxmem=256", "--force")
    config = web.json("vm", "info", "web")["config"]
    assert (config["memory"], config["maxmem"], config["vcpus"], config["maxvcpus"]) == (128, 256, 1, 2)


def test_a_key_that_is_not_there_cannot_be_deleted(web: ConvirtHere) -> None:
    ran = web("vm", "set", "web", "--unset", "foo", "--force")
    assert ran.code == 3
    assert "has no key foo" in ran.err


def test_the_text_of_a_vm_names_its_disks_and_cards(web: ConvirtHere) -> None:
    text = web.done("vm", "info", "web")
    assert "/srv/web.img" in text
    assert "00:16:3e:00:00:01" in text


@pytest.mark.parametrize("words", [["vm", "list", "--state", "bogus"], ["vm", "nosuch"]])
def test_a_command_that_cannot_be_understood_answers_in_json_too(convirt: ConvirtHere, words: list[str]) -> None:
    ran = convirt(*words, "--json")
    assert ran.code == 2
    assert json.loads(ran.out)["error"]["kind"] == "usage"


def test_a_file_without_end_is_no_definition(with_server: ConvirtHere) -> None:
    ran = with_server("vm", "create", "/dev/zero")
    assert ran.code == 2
    assert "/dev/zero: this has more than" in ran.err


def test_a_task_has_one_row(web: ConvirtHere) -> None:
    web.done("vm", "set", "web", "description=one", "vcpus=1", "--force")
    tasks = web.json("task", "list")["tasks"]
    assert len(web.done("task", "list").splitlines()) == len(tasks) + 1


def test_what_to_try_names_the_options_of_the_command_that_failed(convirt: ConvirtHere) -> None:
    ran = convirt("server", "add", "h1", "--address", "127.0.0.1", "--port", "1")
    assert ran.code == 5
    assert "convirt server add … --port" in ran.err
    assert "server edit" not in ran.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["vm", "list", "--max-age", "abc"], "'abc' is not a valid number of seconds."),
        (["vm", "migrate", "test", "--to", "lab", "--bandwidth", "foo"], "A rate cannot be 'foo'."),
        (["vm", "set", "test", "vif=["], "Write a list as in a python-config file"),
        (["vm", "kill", "web"], "web is stopped already."),
        (["vm", "remove", "test"], "test is running; remove needs it saved or stopped."),
        (["vm", "snapshot", "revert", "test", "nope"], "test has no snapshot nope."),
        (["vm", "snapshot", "delete", "test", "nope"], "test has no snapshot nope."),
    ],
)
def test_a_refusal_comes_before_any_question_and_in_words_of_the_matter(
    web: ConvirtHere, words: list[str], said: str
) -> None:
    ran = web(*words)
    assert said in ran.err
    assert "Nobody is here" not in ran.err


def test_numbers_have_no_digits_of_the_computation_alone() -> None:
    vm = VMMetrics("1", "web1", VMState.RUNNING, cpu_percent_of_host=56.00000000000001)
    assert metrics.vm_as_data(vm, "lab")["cpu_percent_of_host"] == 56.0


def test_an_edited_server_is_shown_with_what_was_changed(with_server: ConvirtHere) -> None:
    shown = with_server.done("server", "edit", "lab", "--user", "admin", "--port", "2222")
    assert "admin" in shown
    assert "2222" in shown


def test_what_a_running_vm_will_have_is_shown_beside_what_it_has(with_server: ConvirtHere) -> None:
    with_server.done("vm", "set", "test", "--stored", "vcpus=1", "--force")
    found = with_server.json("vm", "info", "test")
    assert (found["vm"]["vcpus"], found["pending"]["vcpus"]) == (2, 1)
    assert "From its next start on" in with_server.done("vm", "info", "test")
    with_server.done("vm", "set", "test", "--stored", "vcpus=2", "--force")
    assert "vcpus" not in with_server.json("vm", "info", "test")["pending"]
