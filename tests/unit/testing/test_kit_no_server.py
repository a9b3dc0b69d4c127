"""A platform whose server cannot be had is told so once, and so is a lab that does not say what it has to."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest

from convirt_core.model import Capability, ManagedNode
from convirt_core.testing import Lab
from convirt_core.testing.lab_check import checked, checked_node, witnessed

if TYPE_CHECKING:
    from pathlib import Path

TWO_CLASSES = """
import pytest
from convirt_core.model import ManagedNode
from convirt_core.testing import Lab, PlatformContract

class Invented(Lab):
    not_here = {"migrate-live": "one server"}

    def __init__(self, uri):
        self.uri = uri

    def node(self):
        return ManagedNode("", "invented", "test", options={"uri": self.uri})

    def values(self, name):
        return {"name": name, "memory": 128, "maxmem": 256, "vcpus": 1, "maxvcpus": 2}

    def witness(self, vm):
        return None

class TestBroken(PlatformContract):
    @pytest.fixture(scope="class")
    @classmethod
    def lab(cls):
        return Invented("test:///nosuch/host.xml")

class TestWhole(PlatformContract):
    @pytest.fixture(scope="class")
    @classmethod
    def lab(cls):
        return Invented("test:///default")
"""


def test_a_server_that_cannot_be_had_is_one_error_and_other_classes_go_on(tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text(TWO_CLASSES)
    chosen = ["-p", "no:cacheprovider", "-k", "listed", "--convirt-report=report.json"]
    command = [sys.executable, "-m", "pytest", *chosen, "test_two.py"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert re.search(r"[2-9] passed, [2-9] skipped, \d+ deselected, 1 error in", ran.stdout), ran.stdout
    assert "TestBroken has no server to test on: " in ran.stdout
    assert (tmp_path / "report.json").exists()


class Plain(Lab):
    def node(self):
        return ManagedNode("", "one", "toy")

    def values(self, name):
        return {"name": name}

    def witness(self, vm):
        return None


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("not_here", {"migrate-life": "one server"}, "a dict of Capability (or its id) to the reason, a str"),
        ("definition_only", {Capability.START: None}, "a dict of Capability (or its id) to the reason, a str"),
        ("definition_only", [Capability.START], "a dict of Capability (or its id) to the reason, a str"),
        ("deadlines", {Capability.START: "90"}, "a dict of Capability (or its id) to seconds, a number above 0"),
        ("answer_seconds", None, "seconds, a number above 0"),
        ("deaf_seconds", 0, "seconds, a number above 0"),
        ("is_invented", "no", "True or False"),
        ("dialogue", ("hallo", "hallo"), "None or two bytes, what is sent and what is said"),
        ("new_disk", "/srv/disk", "a method"),
    ],
)
def test_an_attribute_that_is_not_what_it_has_to_be_is_named(name: str, value: object, wanted: str) -> None:
    lab = type("Wrong", (Plain,), {name: value})()
    with pytest.raises(TypeError, match=f"^{re.escape(f'Lab.{name} has to be {wanted}, not {value!r}')}$"):
        checked(lab)


def test_a_lab_that_is_what_it_has_to_be_is_taken() -> None:
    given = {"not_here": {"migrate-live": "one server"}, "deadlines": {"start": 90}, "dialogue": (b"a", b"b")}
    lab = type("Right", (Plain,), given)()
    assert checked(lab) is lab


def test_what_is_no_lab_is_told() -> None:
    with pytest.raises(TypeError, match=r"has to return a convirt_core\.testing\.Lab, not None$"):
        checked(None)


def test_a_lab_whose_server_is_no_node_is_told() -> None:
    lab = type("Wrong", (Plain,), {"node": lambda _: "toy"})()
    with pytest.raises(TypeError, match=r"^Lab\.node has to return a convirt_core\.model\.ManagedNode, not 'toy'$"):
        checked_node(lab)


def test_a_witness_that_says_a_word_is_told_at_once() -> None:
    lab = type("Wrong", (Plain,), {"witness": lambda *_: "running"})()
    with pytest.raises(TypeError, match=r"^Lab\.witness has to return .*VMState or None, not 'running'$"):
        witnessed(lab, Mock())
