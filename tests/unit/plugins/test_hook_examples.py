"""The examples in the hooks' docstrings are real: together they are a plugin that passes every check."""

from __future__ import annotations

import builtins
import dis
import inspect
from textwrap import dedent, indent

import pytest

from convirt_core.plugins.hooks import HOOKS

IMPORTS = """\
from __future__ import annotations
from collections.abc import Mapping, Sequence
from convirt_core.forms import *
from convirt_core.hookspecs import *
from convirt_core.model import *
from convirt_core.platforms import *
"""
THE_PLUGINS_OWN = {"ToyNode", "ToyVMM", "ToyConfig"}
"""Names in the examples that stand for what a plugin brings along."""
REST_OF_THE_EXTENSION = """
import threading

class Whole(Toy):
    _stopping = threading.Event()
    def _poll(self): self._stopping.wait()
"""


def example(hook):
    _, text = inspect.getdoc(hook.function).split("Example::\n")
    return dedent(text).strip()


def plugin_source(name, hooks):
    bases = ", ".join(dict.fromkeys(hook.spec.__name__ for hook in hooks))
    body = "\n\n".join(indent(example(hook), "    ") for hook in hooks)
    return f"{IMPORTS}\n\nclass {name}({bases}):\n{body}\n"


@pytest.fixture(scope="module")
def examples():
    """All example methods, compiled as methods of one class."""
    namespace = {}
    exec(compile(plugin_source("Example", list(HOOKS.values())), "examples", "exec"), namespace)
    return namespace


def test_the_examples_for_platforms_are_a_valid_platform(site, open_plugins):
    source = plugin_source("Toy", [hook for hook in HOOKS.values() if hook.is_for_platforms])
    site.install("convirt-toy", {"platforms:toy": "toy_example:Toy"}, {"toy_example": source})
    assert open_plugins().platform("toy").display_name == "Toy"


def test_the_examples_for_extensions_are_a_valid_extension(site, open_plugins):
    source = plugin_source("Toy", [hook for hook in HOOKS.values() if hook.is_for_extensions])
    site.install(
        "convirt-toy", {"extensions:toy": "toy_example:Whole"}, {"toy_example": source + REST_OF_THE_EXTENSION}
    )
    (answer,) = open_plugins().start_extensions()
    assert answer.error is None


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_an_example_has_the_types_of_its_spec(hook, examples):
    method = vars(examples["Example"])[hook.name]
    assert inspect.signature(method) == inspect.signature(hook.function)


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_an_example_uses_only_names_that_are_public(hook, examples):
    code = vars(examples["Example"])[hook.name].__code__
    used = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    known = set(examples) | set(dir(builtins))
    assert used - known <= THE_PLUGINS_OWN
