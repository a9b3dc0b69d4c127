"""Tables, values and exit codes, without an application."""

from __future__ import annotations

import io
import time
import unicodedata

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convirt_cli import failure, form_values, plain_tables, tables
from convirt_cli.exit_codes import ExitCode, exit_code_of, exit_code_of_all, kind_of
from convirt_cli.parts import Facts, Heading, Part, Table, visible
from convirt_cli.shapes.amounts import bytes_text, recent_text
from convirt_cli.values import ASSIGNMENT, mebibytes
from convirt_cli.vm_values import read_values
from convirt_core import errors
from convirt_core.forms import Choice, Field, FieldKind, Form, Page
from convirt_core.model import ChecksFailed, Finding, Severity

FORM = Form(
    "Server",
    (
        Page(
            "page",
            "Page",
            (
                Field("uri", "URI"),
                Field("port", "Port", FieldKind.INTEGER, minimum=1, maximum=65535),
                Field("mode", "Mode", FieldKind.CHOICE, choices=(Choice("auto", "A"), Choice("kvm", "K"))),
                Field("fast", "Fast", FieldKind.BOOLEAN),
                Field("odd", "Odd", validator=lambda value, _: None if len(str(value)) % 2 else "must be odd"),
                Field("text", "Text", FieldKind.NOTE),
            ),
        ),
    ),
)


@given(st.lists(st.tuples(st.text("ab c", max_size=6), st.integers(), st.booleans()), max_size=5))
def test_columns_of_a_plain_table_stand_under_their_headings(rows: list[tuple[str, int, bool]]) -> None:
    table = Table(("name", "count", "on"), rows, frozenset({1}))
    lines = plain_tables.lines(table)
    assert len(lines) == (len(rows) + 1 if rows else 0)
    if rows:
        end = lines[0].index("COUNT") + len("COUNT")
        assert all(line[:end].endswith(str(count)) for line, (_, count, _) in zip(lines[1:], rows, strict=True))


def test_facts_are_labelled_lines() -> None:
    assert plain_tables.lines(Facts("Title", [("Key", 1), ("Longer", None)])) == ["Title", "  Key     1", "  Longer  -"]


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, *parts: Part) -> str:
    """What a terminal of 80 columns shows, without colours."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    tables.write(parts, stream)
    return stream.getvalue()


def test_a_terminal_gets_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    table, facts = Table(("vm", "state"), [("[red]web", "running")]), Facts("T", [("a", "b")])
    said = on_a_terminal(monkeypatch, table, facts, "[bold]words", Heading("web1", is_first=False))
    assert all(word in said for word in ("[red]web", "running", "T", "[bold]words", "\nweb1"))


def test_a_table_that_is_too_wide_for_a_terminal_loses_no_character(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table(("vm", "server", "state", "memory"), [("Q" * 60, "Z" * 60, "running", "2048 MiB")], frozenset({3}))
    said = on_a_terminal(monkeypatch, table)
    assert all(len(line) <= 80 for line in said.splitlines())
    assert (said.count("Q"), said.count("Z")) == (60, 60)
    assert "running" in said
    assert "2048 MiB" in said


def test_facts_that_are_too_wide_for_a_terminal_are_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = "/" + "x" * 150
    said = on_a_terminal(monkeypatch, Facts("image", [("folder", folder)]))
    assert said.count("x") == 150
    assert "…" not in said


def test_a_moment_of_today_is_a_time_and_an_older_one_a_day() -> None:
    noon = time.mktime((*time.localtime()[:3], 12, 30, 15, 0, 0, -1))
    assert recent_text(noon) == "12:30:15"
    assert recent_text(noon - 7 * 86400).count("-") == 2


@pytest.mark.parametrize(("text", "mib"), [("512", 512), ("512M", 512), ("1G", 1024), ("2048k", 2), ("1GiB", 1024)])
def test_memory_is_in_mebibytes_or_with_a_unit(text: str, mib: int) -> None:
    assert mebibytes(text) == mib


@pytest.mark.parametrize("text", ["-5", "", "0", "1.5", "lots", "1K", "٣"])
def test_what_is_no_amount_of_memory_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(errors.InvalidInput):
        mebibytes(text)


def test_values_of_a_definition_are_numbers_lists_or_text() -> None:
    given_ = [("memory", "1G"), ("vcpus", "2"), ("boot", "cd"), ("vif", "['mac=1', 'b=2']"), ("description", "a=b")]
    expected = {"memory": 1024, "vcpus": 2, "boot": "cd", "vif": ["mac=1", "b=2"], "description": "a=b"}
    assert read_values(given_) == expected


@pytest.mark.parametrize(
    ("key", "text"), [("description", "42"), ("vncpasswd", "12345678"), ("name", "1"), ("description", "[draft] web")]
)
def test_what_a_key_wants_as_text_stays_text(key: str, text: str) -> None:
    assert read_values([(key, text)]) == {key: text}


def test_a_list_is_parsed_never_executed() -> None:
    with pytest.raises(errors.ConfigError, match="line 1"):
        read_values([("vif", "[__import__('os')]")])


def test_an_assignment_has_a_key() -> None:
    with pytest.raises(click.BadParameter):
        ASSIGNMENT.convert("=value", None, None)
    assert ASSIGNMENT.convert("a=b=c", None, None) == ("a", "b=c")


def test_form_values_have_the_types_of_their_fields() -> None:
    given_ = [("uri", "x"), ("port", "5"), ("mode", "kvm"), ("fast", "yes"), ("odd", "abc")]
    assert form_values.read(FORM, given_) == {"uri": "x", "port": 5, "mode": "kvm", "fast": True, "odd": "abc"}


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("port", "x", "whole number"),
        ("port", "0", "at least 1"),
        ("mode", "xen", "auto, kvm"),
        ("fast", "perhaps", "yes or no"),
        ("odd", "ab", "must be odd"),
        ("nosuch", "1", "uri, port"),
        ("text", "1", "There is no option"),
    ],
)
def test_a_wrong_form_value_is_refused_with_what_would_be_right(key: str, text: str, words: str) -> None:
    with pytest.raises(errors.InvalidInput) as refused:
        form_values.read(FORM, [(key, text)])
    assert words in f"{refused.value} {refused.value.remedy}"


def public_errors() -> list[type[errors.ConvirtError]]:
    everything = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    return [kind for kind in everything if issubclass(kind, errors.ConvirtError)] + [ChecksFailed]


def test_an_error_of_a_service_is_told_as_the_public_one_it_is_made_from() -> None:
    class Special(errors.NotFound):
        pass

    assert kind_of(Special("words")) == "not-found"


def test_every_error_has_a_code_that_says_its_kind() -> None:
    codes = {kind_of(kind("words")): exit_code_of(kind("words")) for kind in public_errors()}
    assert ExitCode.DONE not in codes.values()
    assert codes["not-found"] == codes["ambiguous"] == ExitCode.NOT_FOUND
    assert codes["invalid-input"] == codes["config-error"] == ExitCode.USAGE
    assert codes["busy"] == codes["conflict"] == codes["checks-failed"] == ExitCode.REFUSED
    assert codes["not-done"] == codes["outcome-unknown"] == ExitCode.UNKNOWN
    assert codes["deadline-exceeded"] == ExitCode.UNAVAILABLE
    assert (codes["store-error"], codes["plugin-error"], codes["operation-failed"]) == (7, 8, 1)


def test_targets_that_all_fail_alike_share_their_code_and_others_are_partly_done() -> None:
    missing = errors.NotFound("x")
    assert exit_code_of_all([missing, missing]) is ExitCode.NOT_FOUND
    assert exit_code_of_all([missing, None]) is ExitCode.PARTLY
    assert exit_code_of_all([missing, errors.Busy("y")]) is ExitCode.PARTLY
    assert exit_code_of_all([None]) is exit_code_of_all([]) is ExitCode.DONE


def test_a_failure_is_told_with_its_findings_and_what_to_try() -> None:
    finding = Finding("code", "Memory", Severity.ERROR, "Too little memory.", "Take less.", "platforms:x")
    said = io.StringIO()
    error = ChecksFailed("It cannot be.", [finding], remedy="Try again.")
    failure.tell(error, said)
    assert said.getvalue().splitlines() == [
        "Error: It cannot be.",
        "  error: Too little memory. Take less.",
        "  Try again.",
    ]
    assert failure.as_data(error)["findings"] == [
        {
            "code": "code",
            "category": "Memory",
            "severity": "error",
            "message": "Too little memory.",
            "remedy": "Take less.",
            "plugin": "platforms:x",
        }
    ]


def test_amounts_have_the_unit_that_fits() -> None:
    assert [bytes_text(amount) for amount in (None, 5, 2048, 3 << 20, 5 << 40)] == [
        "-",
        "5 B",
        "2.0 KiB",
        "3.0 MiB",
        "5.0 TiB",
    ]


@given(st.text())
def test_nothing_in_a_text_commands_the_terminal(text):
    shown = visible(text)
    assert [c for c in shown if c not in "\t\n" and unicodedata.category(c) == "Cc"] == []
    assert visible(shown) == shown


def test_a_name_with_lines_and_commands_to_the_terminal_stays_one_sentence():
    stream = io.StringIO()
    failure.tell(errors.NotFound("There is no a\nb\x1b[2J\x9b.", remedy="Look."), stream)
    assert stream.getvalue() == "Error: There is no a\\nb\\x1b[2J\\x9b.\n  Look.\n"


def test_a_table_shows_no_commands_to_the_terminal():
    assert plain_tables.lines(Table(["name"], [["a\x1b[31mb"]])) == ["NAME", "a\\x1b[31mb"]
    assert plain_tables.lines("one\ntwo\x07") == ["one", "two\\x07"]
