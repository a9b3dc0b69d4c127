"""S-expressions: what is written is read, and what is broken is refused where it breaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convirt_core.config.s_expressions import lists_named, read_s_expression, text_named
from convirt_core.errors import ConfigError

words = st.text(st.characters(blacklist_characters="\"'()\\", blacklist_categories=("Z", "C")), min_size=1)
lists = st.recursive(st.text(max_size=8), lambda inner: st.lists(inner, max_size=4), max_leaves=20)


def write(value, quote='"') -> str:
    if isinstance(value, list):
        return f"({' '.join(write(part, quote) for part in value)})"
    return quote + value.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote


@given(st.lists(lists, max_size=5), st.sampled_from("\"'"))
def test_what_is_written_is_read(value, quote):
    assert read_s_expression(write(value, quote)) == value


@given(st.lists(words))
def test_words_need_no_quotes(value):
    assert read_s_expression(f"({' '.join(value)})") == value


def refusal(text) -> ConfigError | None:
    try:
        read_s_expression(text, "old.sxp")
    except ConfigError as error:
        return error
    return None


@given(st.text(st.sampled_from("()\"' a\\\n")))
def test_any_text_is_read_or_refused_with_its_place(text):
    error = refusal(text)
    if error is not None:
        assert str(error).startswith(f"old.sxp, line {error.line}, column {error.column}: ")
        assert 1 <= error.line <= text.count("\n") + 1
        assert error.column >= 1


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("", 1, 1, "expected"),
        ("domain", 1, 1, "expected"),
        ("(a\n (b", 2, 4, "missing"),
        ("(a)\n)", 2, 1, "more than one"),
        ("(a) (b)", 1, 5, "more than one"),
        ("(a\n  'b)", 2, 3, "no end"),
    ],
)
def test_a_broken_file_is_refused_where_it_breaks(text, line, column, said):
    with pytest.raises(ConfigError, match=said) as caught:
        read_s_expression(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_what_a_list_holds_is_found_by_its_first_word():
    found = read_s_expression("(vm (name web) (device a) (device) word (device b c) (empty ()))")
    assert lists_named(found, "device") == [["device", "a"], ["device"], ["device", "b", "c"]]
    assert [text_named(found, name) for name in ("name", "device", "word", "empty")] == ["web", "a", "", ""]
