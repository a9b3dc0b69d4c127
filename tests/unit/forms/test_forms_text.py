"""Values on a command line: what is written is read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convirt_core.errors import InvalidInput
from convirt_core.forms import Field, FieldKind
from convirt_core.forms.text import parse, render

MEMORY = Field("memory", "Memory", FieldKind.INTEGER, unit="MiB")
COUNT = Field("count", "Count", FieldKind.INTEGER)
BYTES = Field("size", "Size", FieldKind.INTEGER, unit="bytes")
VNC = Field("vnc", "VNC", FieldKind.BOOLEAN)
PAIRS = Field("pairs", "Pairs", FieldKind.MAPPING)
DISKS = Field(
    "disk",
    "Disks",
    FieldKind.TABLE,
    columns=(Field("path", "Path"), Field("size", "Size", FieldKind.INTEGER, unit="MiB")),
)

text = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
keys = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.]{0,8}", fullmatch=True)


@pytest.mark.parametrize(
    ("field", "words", "value"),
    [
        (MEMORY, "512", 512),
        (MEMORY, " 512M ", 512),
        (MEMORY, "512 MiB", 512),
        (MEMORY, "1G", 1024),
        (MEMORY, "1.5 gib", 1536),
        (MEMORY, "2T", 2 << 20),
        (MEMORY, "2048K", 2),
        (MEMORY, "1048576B", 1),
        (MEMORY, "-5", -5),
        (MEMORY, "", None),
        (BYTES, "1k", 1024),
        (COUNT, "4", 4),
        (Field("late", "Deadline", FieldKind.INTEGER, unit="s"), "30 s", 30),
        (VNC, "Yes", True),
        (VNC, "0", False),
        (PAIRS, "a=1 b='x y' c=", {"a": "1", "b": "x y", "c": ""}),
        (PAIRS, "", {}),
        (DISKS, "path=/a size=1G ; path='/b;c'", [{"path": "/a", "size": 1024}, {"path": "/b;c"}]),
        (DISKS, ";;", []),
    ],
)
def test_a_text_stands_for_a_value(field: Field, words: str, value: object) -> None:
    assert parse(field, words) == value


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (MEMORY, "lots"),
        (MEMORY, "1.5"),
        (MEMORY, "512X"),
        (MEMORY, "1K"),
        (MEMORY, "512 s"),
        (MEMORY, "1e3"),
        (MEMORY, "9" * 5000),
        (MEMORY, "\u0661"),
        (COUNT, "1G"),
        (VNC, "maybe"),
        (VNC, ""),
        (PAIRS, "a"),
        (PAIRS, "=1"),
        (PAIRS, "a='1"),
        (DISKS, "colour=red"),
        (DISKS, "size=red"),
    ],
)
def test_a_text_that_stands_for_nothing_is_refused_with_what_to_write(field: Field, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(field, words)
    assert field.label in str(caught.value) or "Size" in str(caught.value)


@given(st.integers(min_value=-(10**17), max_value=10**17))
def test_a_number_is_read_back(number: int) -> None:
    assert parse(MEMORY, render(MEMORY, number)) == number


@given(st.dictionaries(keys, text, max_size=4))
def test_pairs_are_read_back(pairs: dict[str, str]) -> None:
    assert parse(PAIRS, render(PAIRS, pairs)) == pairs


@given(st.lists(st.fixed_dictionaries({"path": text, "size": st.integers(0, 10**9)}), max_size=4))
def test_rows_are_read_back(rows: list[dict[str, object]]) -> None:
    assert parse(DISKS, render(DISKS, rows)) == rows


@given(text)
def test_a_plain_text_is_its_own(words: str) -> None:
    field = Field("name", "Name")
    assert parse(field, render(field, words)) == words


@given(st.sampled_from([MEMORY, VNC, PAIRS, DISKS]), st.text(max_size=30))
def test_any_text_is_read_or_refused(field: Field, words: str) -> None:
    try:
        parse(field, words)
    except InvalidInput:
        return


def test_a_secret_is_never_shown() -> None:
    field = Field("vncpasswd", "Password", FieldKind.SECRET)
    assert "hunter2" not in render(field, "hunter2")
