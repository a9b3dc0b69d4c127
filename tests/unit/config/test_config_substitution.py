"""`$NAME` in the strings of values."""

from __future__ import annotations

import itertools
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from convirt_core.config import ConfigDocument, Value, random_mac, substitute


def test_both_spellings_are_replaced() -> None:
    assert substitute("$VM_NAME.disk ${VM_NAME}2", {"VM_NAME": "web"}) == "web.disk web2"


def test_a_name_is_taken_as_long_as_it_is() -> None:
    assert substitute("$VM_NAME2", {"VM_NAME": "web"}) == "$VM_NAME2"


def test_unknown_names_and_lone_dollars_stay() -> None:
    text = "$UNKNOWN ${UNKNOWN} ${ $ $5 ${VM-NAME} cost$"
    assert substitute(text, {"VM": "x"}) == text


def test_two_dollars_are_two_dollars_whatever_follows() -> None:
    assert substitute("pa$$word $$$word", {"word": "x"}) == "pa$$word $$x"


def test_a_number_is_inserted_as_text() -> None:
    assert substitute("$MEMORY", {"MEMORY": 512}) == "512"


def test_a_function_is_called_for_each_occurrence() -> None:
    counter = itertools.count()
    value: Value = ["mac=$MAC,ip=$MAC", {"nic": ("$MAC",)}]
    result = substitute(value, {"MAC": lambda: str(next(counter))})
    assert result == ["mac=0,ip=1", {"nic": ("2",)}]


def test_what_a_variable_holds_is_not_searched_for_variables() -> None:
    assert substitute("$A", {"A": "$B ${A}", "B": "x"}) == "$B ${A}"


def test_values_that_are_no_strings_and_the_keys_of_dictionaries_stay() -> None:
    value: Value = {"$A": [1, None, True, 1.5, "$A"]}
    assert substitute(value, {"A": "x"}) == {"$A": [1, None, True, 1.5, "x"]}


def test_what_a_variable_holds_never_becomes_syntax() -> None:
    template = ConfigDocument.parse("name = '$VM_NAME' # of the VM\ndisk = ['$DIR/$VM_NAME', 'b']\n")
    hostile = "x'; memory = 1 #\n\\"
    template.update(substitute(dict(template), {"VM_NAME": hostile, "DIR": "'] + ['"}))
    assert dict(ConfigDocument.parse(template.text)) == {"name": hostile, "disk": [f"'] + ['/{hostile}", "b"]}
    assert template.text.count("# of the VM") == 1


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text("aA$_{} 1"))
def test_without_variables_every_text_stays(text: str) -> None:
    assert substitute(text, {}) == text


def test_a_random_mac_is_one_of_xens_and_each_is_another() -> None:
    macs = {random_mac() for _ in range(200)}
    assert len(macs) > 190
    assert all(re.fullmatch(r"00:16:3e:[0-7][0-9a-f](:[0-9a-f]{2}){2}", mac) for mac in macs)
