"""What a person has put into a form is refused in one sentence each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convirt_core.forms import Choice, Field, FieldKind, Form, Page
from convirt_core.forms.validation import check, check_value

MEMORY = Field("memory", "Memory", FieldKind.INTEGER, unit="MiB", minimum=1, maximum=64, required=True)
MODE = Field("mode", "Mode", FieldKind.CHOICE, choices=(Choice("r", "read"), Choice("w", "write")))
DISKS = Field("disk", "Disks", FieldKind.TABLE, columns=(Field("target", "Device", required=True), MODE))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        (MEMORY, 0, "Memory must be at least 1 MiB."),
        (MEMORY, 65, "Memory must be at most 64 MiB."),
        (MEMORY, "8", "Memory must be a whole number."),
        (MEMORY, True, "Memory must be a whole number."),
        (MEMORY, None, "Memory is needed."),
        (MEMORY, 64, None),
        (MODE, "x", "Mode must be one of r, w."),
        (MODE, "", None),
        (Field("vnc", "VNC", FieldKind.BOOLEAN), 1, "VNC must be yes or no."),
        (Field("vnc", "VNC", FieldKind.BOOLEAN, required=True), False, None),
        (Field("name", "Name"), 3, "Name must be a text."),
        (Field("name", "Name"), "a\0b", "Name must not hold a null character."),
        (Field("m", "Pairs", FieldKind.MAPPING), {"": "x"}, "Pairs must be texts, each under a key that is not empty."),
        (Field("m", "Pairs", FieldKind.MAPPING), {"a": 1}, "Pairs must be texts, each under a key that is not empty."),
        (DISKS, [{"target": "vda"}, {"mode": "r"}], "Disks, row 2: Device is needed."),
        (DISKS, [{"target": "vda", "mode": "x"}], "Disks, row 1: Mode must be one of r, w."),
        (DISKS, [{"target": "vda", "colour": "x"}], "Disks, row 1: there is no column colour."),
        (DISKS, ["vda"], "Disks, row 1: it must have a value for each column."),
        (DISKS, "vda", "Disks must be a list of rows."),
    ],
)
def test_a_value_is_checked_against_its_field(field: Field, value: object, sentence: str | None) -> None:
    assert check_value(field, value, {}) == sentence


def test_a_fields_own_validator_sees_all_values() -> None:
    field = Field("most", "Most", FieldKind.INTEGER, validator=lambda value, all_: f"{value} < {all_['least']}")
    assert check_value(field, 1, {"least": 2}) == "1 < 2"


def test_a_validator_is_not_asked_about_a_value_of_the_wrong_kind() -> None:
    field = Field("most", "Most", FieldKind.INTEGER, validator=lambda value, _: f"{value + 1}")
    assert check_value(field, "x", {}) == "Most must be a whole number."


def test_only_fields_that_can_be_changed_are_checked() -> None:
    address = Field("address", "Address", required=True, enabled_when=lambda values: values.get("vnc") is True)
    form = Form(
        "Screen", (Page("screen", "Screen", (address, Field("hint", "Read me", FieldKind.NOTE, required=True))),)
    )
    assert check(form, {"vnc": False}) == {}
    assert check(form, {"vnc": True}) == {"address": "Address is needed."}


@given(
    st.sampled_from(FieldKind),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
)
def test_no_value_makes_the_check_fail(kind: FieldKind, value: object) -> None:
    field = Field("key", "Label", kind, minimum=0, maximum=5, columns=(MEMORY, MODE))
    assert isinstance(check_value(field, value, {}), str | None)
