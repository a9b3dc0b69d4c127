"""A hook that is not documented, or is documented otherwise than it is, fails here."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from convirt_core.plugins.hooks import HOOKS, SPECS

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "hooks.md"


def documented():
    """Signatures as the page has them, by spec class and hook."""
    found, spec = {}, ""
    for line in PAGE.read_text().splitlines():
        if match := re.fullmatch(r"## (\w+Spec)", line):
            spec = match[1]
        if match := re.fullmatch(r"### `(convirt_\w+)(\(.*)`", line):
            found[spec, match[1]] = match[2]
    return found


def signature(hook):
    text = str(inspect.signature(hook.function)).replace("'", "")
    return text.replace("(self, ", "(").replace("(self)", "()")


def test_the_page_has_every_hook_with_its_arguments_and_answer_and_no_other():
    assert documented() == {(hook.spec.__name__, hook.name): signature(hook) for hook in HOOKS.values()}


@pytest.mark.parametrize("spec", SPECS)
def test_the_page_has_the_hooks_in_the_order_of_the_code(spec):
    names = [name for owner, name in documented() if owner == spec.__name__]
    assert names == [name for name, hook in HOOKS.items() if hook.spec is spec]


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_a_hook_takes_at_most_two_arguments(hook):
    assert len(hook.arguments) <= 2


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_a_hook_has_a_docstring_with_an_example(hook):
    assert hook.function.__doc__.count("Example::\n") == 1


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_a_spec_that_is_called_by_mistake_says_so(hook):
    with pytest.raises(NotImplementedError):
        hook.function(None, *hook.arguments)
