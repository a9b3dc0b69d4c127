"""Editing exchanges one value and leaves every other byte as it was."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from convirt_core.config import ConfigDocument, Value
from convirt_core.errors import InvalidInput


def edited(text: str, **values: Value) -> str:
    document = ConfigDocument.parse(text)
    document.update(values)
    return document.text


def without(text: str, *names: str) -> str:
    document = ConfigDocument.parse(text)
    for name in names:
        del document[name]
    return document.text


def test_a_value_is_replaced_and_the_comment_behind_it_stays() -> None:
    assert edited("a = 1\nmemory  =  512   # MiB\nb = 2", memory=1024) == "a = 1\nmemory  =  1024   # MiB\nb = 2"


def test_an_equal_value_changes_nothing() -> None:
    text = "memory = 0x200\nname = 'we' 'b'\nflag = 1"
    assert edited(text, memory=512, name="web") == text


def test_true_is_not_taken_for_one() -> None:
    assert edited("flag = 1", flag=True) == "flag = True"


def test_a_string_keeps_the_quotes_it_had() -> None:
    assert edited("a = 'x'\nb = \"y\"\n", a="1", b="2") == "a = '1'\nb = \"2\"\n"


def test_a_string_takes_the_quotes_of_the_strings_before_it() -> None:
    assert edited("a = 'x'\nb = 5\nc = \"y\"\n", b="2") == "a = 'x'\nb = '2'\nc = \"y\"\n"


def test_quotes_within_a_string_change_its_quotes_or_are_escaped() -> None:
    assert edited("a = 'x'", a="it's") == 'a = "it\'s"'
    assert edited("a = 'x'", a='it\'s "x"') == "a = 'it\\'s \"x\"'"


def test_control_characters_are_written_as_escapes_and_other_characters_as_they_are() -> None:
    assert edited("a = ''", a="\n\t\x1b\x85\\ü☃") == "a = '\\n\\t\\x1b\\x85\\\\ü☃'"


def test_a_value_in_parentheses_is_replaced_with_them() -> None:
    assert edited("a = ('x'\n     'y')  # c\n", a="z") == "a = 'z'  # c\n"


def test_a_comment_inside_a_replaced_value_moves_above_the_setting() -> None:
    assert edited("b = 1\na = ('x'  # one\n     'y')  # two\n", a="z") == "b = 1\n# one\na = 'z'  # two\n"


def test_a_new_setting_is_appended_in_the_manner_of_the_last_one() -> None:
    assert edited("a='x'\r\nb='y'\r\n", c="z") == "a='x'\r\nb='y'\r\nc='z'\r\n"
    assert edited("a = 'x'", c="z") == "a = 'x'\nc = 'z'\n"
    assert edited("a = 'x';", c="z") == "a = 'x';\nc = 'z'\n"
    assert edited("# only", c="z") == '# only\nc = "z"\n'
    assert edited("", c="z") == 'c = "z"\n'


def test_a_byte_order_mark_stays_first() -> None:
    assert edited("\ufeffa = 1", a=2) == "\ufeffa = 2"
    assert without("\ufeffa = 1\nb = 2", "a") == "\ufeffb = 2"


def test_a_deleted_setting_takes_its_line_with_it() -> None:
    assert without("a = 1\n  b = [\n  2,\n]\nc = 3\n", "b") == "a = 1\nc = 3\n"
    assert without("a = 1\nb = 2", "b") == "a = 1\n"
    assert without("a = 1;\nb = 2", "a") == "b = 2"


def test_a_deleted_setting_leaves_the_comment_behind_it() -> None:
    assert without("a = 1\n  b = 2 ; # two\nc = 3\n", "b") == "a = 1\n  # two\nc = 3\n"


def test_a_deleted_setting_leaves_the_comments_within_it() -> None:
    assert without("a = 1\n b = [ # x\n 2, # y\n] # z\n", "b") == "a = 1\n # x\n # y\n # z\n"


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("a", "b = 2;c = 3  # end\n"),
        ("b", "a = 1; c = 3  # end\n"),
        ("c", "a = 1; b = 2  # end\n"),
    ],
)
def test_a_setting_that_shares_its_line_is_deleted_alone(name: str, left: str) -> None:
    assert without("a = 1; b = 2;c = 3  # end\n", name) == left


def test_deleting_a_setting_that_is_set_twice_deletes_both() -> None:
    assert without("a = 1\nb = 2\na = 3\n", "a") == "b = 2\n"


def test_replacing_a_setting_that_is_set_twice_changes_the_one_that_counts() -> None:
    assert edited("a = 1\nb = 2\na = 3\n", a=4) == "a = 1\nb = 2\na = 4\n"


def test_deleting_what_is_missing_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        del ConfigDocument.parse("a = 1")["b"]


@pytest.mark.parametrize("name", ["", "a b", "1a", "a-b", "ü", "import", "None", "a\n", "a = 1; b"])
def test_a_name_that_the_format_cannot_write_is_refused(name: str) -> None:
    document = ConfigDocument.parse("x = 1")
    with pytest.raises(InvalidInput, match="cannot name a setting"):
        document[name] = 1
    assert document.text == "x = 1"


@pytest.mark.parametrize(
    "value", [{1, 2}, b"x", object(), float("nan"), float("inf"), 10**200, "\ud800", [[{"a": b""}]], {(1,): 1}]
)
def test_a_value_that_the_format_cannot_hold_is_refused_and_nothing_changes(value: Any) -> None:
    document = ConfigDocument.parse("x = 1")
    with pytest.raises(InvalidInput, match="x cannot be set"):
        document["x"] = value
    assert document.text == "x = 1"


def test_a_list_that_contains_itself_is_refused() -> None:
    endless: list[Value] = []
    endless.append(endless)
    with pytest.raises(InvalidInput, match="more than 32 lists in lists"):
        ConfigDocument()["x"] = endless


def test_an_edit_that_would_make_the_file_too_large_is_refused_and_nothing_changes() -> None:
    document = ConfigDocument.parse("x = 1")
    with pytest.raises(InvalidInput, match="larger than 256 KiB"):
        document["x"] = "y" * 300_000
    assert document.text == "x = 1"


def test_replace_all_changes_appends_and_deletes() -> None:
    document = ConfigDocument.parse("a = 1 # one\nb = 2 # two\nc = 3\n")
    document.replace_all({"a": 1, "b": 5, "d": 4})
    assert document.text == "a = 1 # one\nb = 5 # two\nd = 4\n"


def test_replace_all_never_writes_the_options_that_are_computed() -> None:
    document = ConfigDocument.parse("name = 'web'\nvncdisplay = 5\n")
    document.replace_all({"name": "db", "vncdisplay": 7, "domid": 3}, keep={"vncdisplay", "domid"})
    assert document.text == "name = 'db'\nvncdisplay = 5\n"
    document.replace_all({}, keep={"vncdisplay"})
    assert document.text == "vncdisplay = 5\n"


def test_replace_all_with_a_value_that_cannot_be_written_changes_nothing() -> None:
    document = ConfigDocument.parse("a = 1\nb = 2\n")
    with pytest.raises(InvalidInput, match="c cannot be set"):
        document.replace_all({"b": 3, "c": float("nan")})
    assert document.text == "a = 1\nb = 2\n"
    assert dict(document) == {"a": 1, "b": 2}


DISKS = dedent(
    """\
    disk = [
        # the system
        'root',  # never resize

        'data',  # grows
        #'old',
        'swap',  # last
    ]  # end
    """
)


def disks(*names: str, text: str = DISKS) -> str:
    return edited(text, disk=list(names))


def test_a_changed_element_leaves_the_others_and_all_comments() -> None:
    assert disks("root", "home", "swap") == DISKS.replace("data", "home")


def test_a_removed_element_takes_its_line_and_leaves_the_comments() -> None:
    assert disks("root", "swap") == DISKS.replace("    'data',  # grows", "    # grows")
    assert disks("data", "swap") == DISKS.replace("'root',  #", "#")
    assert disks("root", "data") == DISKS.replace("'swap',  #", "#")


def test_an_element_without_comments_goes_with_its_line() -> None:
    text = "disk = [\n    'a',\n    'b',\n    'c'\n]\n"
    assert disks("a", "c", text=text) == "disk = [\n    'a',\n    'c'\n]\n"
    assert disks("b", "c", text=text) == "disk = [\n    'b',\n    'c'\n]\n"
    assert disks("a", "b", text=text) == "disk = [\n    'a',\n    'b'\n]\n"
    assert disks("a", text=text) == "disk = [\n    'a'\n]\n"
    assert disks(text=text) == "disk = []\n"


def test_a_new_element_gets_a_line_of_its_own_where_the_others_have_one() -> None:
    assert disks("root", "data", "swap", "new") == DISKS.replace("# last\n", "# last\n    'new',\n")
    assert disks("root", "new", "data", "swap") == DISKS.replace("'data'", "'new',\n    'data'")


def test_a_new_element_behind_a_last_one_without_comma() -> None:
    assert disks("a", "b", text="disk = [ 'a' ]") == "disk = [ 'a', 'b' ]"
    assert disks("a", "b", text="disk = ['a', ]") == "disk = ['a', 'b', ]"
    assert disks("a", "b", text="disk = ['a' # x\n]") == "disk = ['a', # x\n    'b'\n]"
    assert disks("a", "b", "c", text="disk = [ 'a',\n         'b' ]") == "disk = [ 'a',\n         'b',\n         'c' ]"


def test_elements_of_a_list_in_one_line_stay_in_that_line() -> None:
    text = "disk = [ 'a', \"b\", 'c' ]"
    assert disks("a", "x", "c", text=text) == "disk = [ 'a', \"x\", 'c' ]"
    assert disks("a", "c", text=text) == "disk = [ 'a', 'c' ]"
    assert disks("b", "c", text=text) == "disk = [ \"b\", 'c' ]"
    assert disks("a", text=text) == "disk = [ 'a' ]"
    assert disks("n", "a", "b", "c", text=text) == "disk = [ 'n', 'a', \"b\", 'c' ]"


def test_emptying_a_list_with_comments_leaves_them_in_it() -> None:
    assert disks(text="disk = [\n  # none yet\n  'a',\n]") == "disk = [\n  # none yet\n]"


def test_a_comma_on_a_line_of_its_own_goes_with_its_element() -> None:
    text = "disk = [\n 'a', # x\n 'b' # y\n , 'c'\n]"
    assert ConfigDocument.parse(disks("a", "c", text=text))["disk"] == ["a", "c"]
    assert "# x" in disks("a", "c", text=text)
    assert "# y" in disks("a", "c", text=text)


def test_a_list_within_a_list_is_changed_where_it_stands() -> None:
    text = "vnuma = [ [ 'pnode=0', 'size=1' ], # first\n  [ 'pnode=1', 'size=1' ] ]"
    changed: list[Value] = [["pnode=0", "size=2", "vcpus=0"], ["pnode=1", "size=1"]]
    assert edited(text, vnuma=changed) == text.replace("'size=1' ], #", "'size=2', 'vcpus=0' ], #")


def test_a_joined_list_over_several_lines_becomes_one_list_over_several_lines() -> None:
    text = "  disk = ['a'] + \\\n  ['b']  # c\n"
    assert disks("a", "c", text=text) == "  disk = [\n      'a',\n      'c',\n  ]  # c\n"
