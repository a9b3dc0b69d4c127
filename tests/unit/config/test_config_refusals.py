"""What is no data is refused, with its place and its reason."""

from __future__ import annotations

import pytest

from convirt_core.config import ConfigDocument
from convirt_core.errors import ConfigError


def refusal(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as refused:
        ConfigDocument.parse(text, source="web.cfg")
    return refused.value


@pytest.mark.parametrize(
    ("text", "column", "reason"),
    [
        ("__import__('os')", 1, "a call of '__import__'"),
        ("x = __import__('os')", 5, "a call of '__import__'"),
        ("x = os.environ", 5, "attribute access to 'os'"),
        ("x = os . environ", 5, "attribute access to 'os'"),
        ("x = ''.join([])", 7, "attribute access"),
        ("x.y = 1", 1, "attribute access to 'x'"),
        ("x[0] = 1", 1, "a subscript of 'x'"),
        ("x = [1][0]", 8, "a subscript"),
        ("x = y", 5, "the name 'y' as a value"),
        ("x = y = 1", 5, "the name 'y' as a value"),
        ("x = 1 = 2", 7, "a second '='"),
        ("x = [y for y in ()]", 6, "the name 'y' as a value"),
        ("x = [1 for y in ()]", 8, "a loop or comprehension"),
        ("x = {1: 2 for y in ()}", 11, "a loop or comprehension"),
        ("x = lambda: 1", 5, "a lambda"),
        ("x = 1 if 2 else 3", 7, "a condition"),
        ("x = not 1", 5, "an operation"),
        ("x = 1 and 2", 7, "an operation"),
        ("x = 2 ** 9", 7, "the operator '*'"),
        ("x = 'a'*10**9", 8, "the operator '*'"),
        ("x = 1 - 1", 7, "the operator '-'"),
        ("x = ~1", 5, "'~' where a value should be"),
        ("x = [*y]", 6, "'*'"),
        ("x = {**y}", 6, "'*'"),
        ("x += 1", 3, "the operator '+='"),
        ("x **= 1", 3, "the operator '**'"),
        ("x := 1", 3, "the operator ':='"),
        ("x: int = 1", 1, "an annotation of 'x'"),
        ("x, y = 1, 2", 1, "setting several names at once"),
        ("x = 1, 2", 6, "',' where the end of the line should be"),
        ("x = f'{y}'", 5, "an f-string"),
        ("x = 'a' F'{y}'", 9, "an f-string"),
        ("x = rb'y'", 5, "a bytes literal"),
        ("x = ur'y'", 5, "the string prefix 'ur'"),
        ("import os", 1, "an import"),
        ("from os import *", 1, "an import"),
        ("def f(): pass", 1, "a function"),
        ("class A: pass", 1, "a class"),
        ("async def f(): pass", 1, "a loop or comprehension"),
        ("print 'x'", 7, "'=' is missing behind 'print'"),
        ("'''doc'''", 1, "a string where a setting should begin"),
        ("42", 1, "a number where a setting should begin"),
        ("@x", 1, "'@' where a setting should begin"),
        ("True = 1", 1, "True cannot name a setting"),
        ("gästename = 1", 2, "'=' is missing behind 'g'"),
        ("x = true", 5, "'true' is not a value"),
        ("x = $MEMORY", 5, "a variable outside of quotes"),
        ("x = --1", 5, "a sign stands only before a number"),
        ("x = -'a'", 5, "a sign stands only before a number"),
        ("x = [1, , 2]", 9, "the value is missing"),
        ("x = [,]", 6, "the value is missing"),
        ("x = {1, 2}", 7, "',' where ':' and a value should be"),
        ("x = {[]: 1}", 6, "a list as a key of a dictionary"),
        ("x = (1, 2", 5, "this '(' is not closed"),
        ("x = 'a", 5, "this string is not closed"),
        ("x = 09", 5, "'09' is not a number"),
        ("x = 1e999", 5, "'1e999' is not a number"),
        ("x = 1j", 5, "'1j' is not a number"),
        ("x = 1.2.3", 5, "'1.2.3' is not a number"),
        ("x = '\\ud800'", 6, "the escape \\u here means no character"),
        ("x = '\\U00110000'", 6, "the escape \\U here means no character"),
        ("x = '\\N{NO SUCH}'", 6, "the escape \\N here means no character"),
        ("x = 'a' + 1", 11, "'+' joins strings or lists; a number does not fit here"),
        ("x = {} + {}", 5, "'+' joins strings or lists; a dictionary does not fit here"),
        ("x = '\0'", 6, "a nul byte"),
        ("x = '\ud800'", 6, "a character that UTF-8 cannot hold"),
        ("\ufeffx = y", 5, "the name 'y' as a value"),
    ],
)
def test_what_is_no_literal_is_refused_where_it_stands(text: str, column: int, reason: str) -> None:
    error = refusal(f"# first\n{text}\n" if text[0] != "\ufeff" else text)
    assert (error.line, error.column) == (1 if text[0] == "\ufeff" else 2, column)
    assert error.reason.startswith(reason)


def test_a_refusal_is_one_sentence_that_names_file_line_and_column() -> None:
    assert str(refusal("memory = 512\nname = os.name")) == (
        "web.cfg, line 2, column 8: attribute access to 'os' is refused: "
        "this file is data and nothing in it is executed"
    )


def test_a_refusal_says_what_to_write_instead() -> None:
    assert refusal("pae = false").remedy == "Write False."
    assert refusal("memory = $MEMORY").remedy == 'Write it as "$NAME".'


def test_a_refusal_never_quotes_a_string_because_it_may_be_a_password() -> None:
    for text in ("vncpasswd = 'secret' 5", "vncpasswd = 'secret\n", "vncpasswd = ['a' + 1, 'secret']", "'secret'"):
        assert "secret" not in str(refusal(text))


@pytest.mark.parametrize("bracket", ["[", "(", "{1: ", "[(", "[\n"])
def test_nesting_without_end_is_refused_at_the_bound(bracket: str) -> None:
    assert refusal("x = " + bracket * 10_000).reason == "more than 32 brackets in brackets"


def test_a_file_larger_than_the_bound_is_refused_before_it_is_taken_apart() -> None:
    assert refusal("x = 1\n" * 100_000).reason == "larger than 256 KiB, so not a configuration"


def test_settings_without_end_are_refused_at_the_bound() -> None:
    error = refusal("x = 1\n" * 1001)
    assert (error.line, error.column, error.reason) == (1001, 1, "more than 1000 settings")


def test_a_number_without_end_is_refused() -> None:
    assert refusal("x = " + "9" * 5000).reason == "a number of more than 100 characters"
