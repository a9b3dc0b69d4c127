"""What a python-config text means."""

from __future__ import annotations

import ast
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from convirt_core.config import ConfigDocument, Value
from convirt_core.errors import ConfigError


def read(text: str) -> dict[str, Value]:
    return dict(ConfigDocument.parse(text))


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("'a' \"b\" u'c' r'\\d'", "abc\\d"),
        (r"'\'\"\\\a\b\f\n\r\t\v'", "'\"\\\a\b\f\n\r\t\v"),
        (r"'\x41\u00fc\U0001f600\101\0\N{SNOWMAN}'", "Aü😀A\0☃"),
        (r"'C:\data \$'", r"C:\data \$"),
        ("'two \\\nlines'", "two lines"),
        ("'''a\r\nb\rc\nd'''", "a\nb\nc\nd"),
        ('"""say "x" \\""""', 'say "x" "'),
        ("r'''a\\\r\nb'''", "a\\\nb"),
        ("''", ""),
        ("''''''", ""),
        ("'#;$'", "#;$"),
        ("[1, 'a', [None, True], (False,), {'k': [1]},]", [1, "a", [None, True], (False,), {"k": [1]}]),
        ("()", ()),
        ("(1)", 1),
        ("(1,)", (1,)),
        ("{}", {}),
        ("[ # c\n 1 # d\n , # e\n ]", [1]),
        ("('a' # one\n 'b' + # two\n 'c')", "abc"),
        ("[1] + [] + [2, 'a' + 'b']", [1, 2, "ab"]),
        ("0", 0),
        ("-0x1F", -31),
        ("0755", 493),
        ("00", 0),
        ("0o17", 15),
        ("0b11", 3),
        ("1_000", 1000),
        (".5", 0.5),
        ("5.", 5.0),
        ("-1E+3", -1000.0),
        ("01.5", 1.5),
    ],
)
def test_a_literal_has_the_value_that_python_gives_it(literal: str, value: Value) -> None:
    result = read(f"x = {literal}")["x"]
    assert result == value
    assert type(result) is type(value)


def test_statements_end_at_lines_and_semicolons() -> None:
    assert read("a=1;b=2 ; ;c=3;\n;\n\n d = 4") == {"a": 1, "b": 2, "c": 3, "d": 4}


def test_the_last_of_two_settings_with_one_name_counts() -> None:
    assert read("a = 1\nb = 2\na = 3") == {"a": 3, "b": 2}


def test_the_settings_come_in_the_order_of_the_file() -> None:
    assert list(read("b = 1\na = 2\nc = 3")) == ["b", "a", "c"]


def test_a_value_that_was_read_is_a_copy() -> None:
    document = ConfigDocument.parse("disk = ['a', ['b']]")
    disks = document["disk"]
    assert isinstance(disks, list)
    disks.append("c")
    assert document["disk"] == ["a", ["b"]]


def test_a_setting_that_is_missing_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        ConfigDocument.parse("a = 1")["b"]


def test_a_document_never_shows_its_values_in_its_repr() -> None:
    document = ConfigDocument.parse("vncpasswd = 'secret'", source="web.cfg")
    assert repr(document) == "<ConfigDocument web.cfg: 1 settings>"


def test_a_long_sum_and_a_long_list_are_read_in_linear_time() -> None:
    started = time.monotonic()
    assert read("a = " + "+".join(["[1]"] * 50_000))["a"] == [1] * 50_000
    assert read("a = [" + "''," * 50_000 + "]")["a"] == [""] * 50_000
    assert time.monotonic() - started < 10


PIECES = st.lists(
    st.sampled_from(
        [
            "a", "b", " = ", "=", "\n", "\r\n", ";", " ", "\t", "\\\n", "# c", "'", '"', "'''", "\\", "1", "0x1",
            "08", "1.", "e5", "-", "+", "*", "[", "]", "(", ")", "{", "}", ",", ":", ".", "None", "True", "import",
            "lambda", "for", "'x'", '"y"', "u'z'", "f'w'", "ü", "$N", "a = 1\n", "b = ['q', # d\n", "\x0c", "\ufeff",
        ]
    ),
    max_size=25,
).map("".join)  # fmt: skip


def python_reads(text: str) -> dict[str, object] | None:
    """Python's reading, if to Python the text is nothing but settings with literals."""
    try:
        statements = ast.parse(text).body
        return {
            ast.unparse(one.targets[0]): ast.literal_eval(one.value)
            for one in statements
            if isinstance(one, ast.Assign)
        }
    except (SyntaxError, ValueError, AttributeError, TypeError, MemoryError):
        return None


def refusal_of(text: str) -> ConfigError | None:
    try:
        read(text)
    except ConfigError as refused:
        return refused
    return None


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::SyntaxWarning")
@settings(max_examples=500, derandomize=True, deadline=None)
@given(PIECES)
@example("a = '''\\\r\n'''")
@example("a = 1 \\\n")
def test_any_text_is_read_as_python_reads_it_or_refused_with_its_place(text: str) -> None:
    if refused := refusal_of(text):
        assert 1 <= refused.line <= len(text.splitlines()) + 1
        assert refused.column >= 1
        return
    expected = python_reads(text)
    if expected is not None:
        assert read(text) == expected


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text())
def test_arbitrary_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    assert refusal_of(text) or ConfigDocument.parse(text).text == text
