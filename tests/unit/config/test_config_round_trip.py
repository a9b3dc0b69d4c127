"""Generated files survive parse, edit, write and parse with only the edited key changed."""

from __future__ import annotations

import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from convirt_core.config import ConfigDocument, Value

THOROUGH = settings(max_examples=300, derandomize=True, deadline=None)
BRIEF = settings(THOROUGH, max_examples=100)

NAMES = st.from_regex(re.compile(r"[a-z_][a-z0-9_]{1,8}", re.ASCII), fullmatch=True).map(lambda name: f"k{name}")
STRINGS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["phy:/dev/vg/a,xvda,w", "it's", 'say "x"', "#;=[", "\\", "pa$$word", "$VM_NAME", "Gäste☃", "\r\n", ""]
)
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS: st.SearchStrategy[Value] = STRINGS | NUMBERS | st.booleans() | st.none()
VALUES: st.SearchStrategy[Value] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(STRINGS | st.integers(), inner, max_size=3)
    ),
    max_leaves=5,
)
LAYOUTS = st.randoms(use_true_random=True)
"""How a file is laid out. One draw for all of it: a draw for each blank would take most of the time."""


@dataclass
class Sample:
    """A file in pieces: `pieces[place[name]]` is all that belongs to a setting."""

    pieces: list[str]
    values: dict[str, Value]
    place: dict[str, int]

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def written(layout: Random, value: Value, newline: str, *, open_bracket: bool = False) -> str:
    """Write a value in one of the many ways that people do."""
    if isinstance(value, str):
        return written_string(layout, value)
    if isinstance(value, list | tuple):
        opening, closing = "[]" if isinstance(value, list) else "()"
        last = "," if isinstance(value, tuple) and len(value) == 1 else layout.choice(["", ","])
        parts = [
            f"{gap(layout, newline)}{written(layout, item, newline, open_bracket=True)}{gap(layout, newline)}"
            for item in value
        ]
        return f"{opening}{','.join(parts)}{last if parts else ''}{gap(layout, newline)}{closing}"
    if isinstance(value, dict):
        pairs = [
            f"{written(layout, key, newline)}:{gap(layout, newline)}{written(layout, item, newline, open_bracket=True)}"
            for key, item in value.items()
        ]
        return "{" + ", ".join(pairs) + gap(layout, newline) + "}"
    if open_bracket and layout.choice([False, True]):
        return f"({gap(layout, newline)}{value!r}{gap(layout, newline)})"
    return repr(value)


def written_string(layout: Random, value: str) -> str:
    if len(value) > 1 and layout.choice([False, True]):
        cut = layout.randint(1, len(value) - 1)
        joint = layout.choice([" ", "", " + ", "\t+"])
        return "(" + quoted(value[:cut], "'") + joint + quoted(value[cut:], '"') + ")"
    return quoted(value, layout.choice(["'", '"']))


def quoted(value: str, quote: str) -> str:
    body = value.replace("\\", "\\\\").replace(quote, "\\" + quote)
    body = re.sub("[\x00-\x1f\x7f-\x9f]", lambda found: f"\\x{ord(found[0]):02x}", body)
    return f"{quote}{body}{quote}"


def gap(layout: Random, newline: str) -> str:
    """Blanks, line ends and comments, as they may stand in brackets."""
    comment = f"# it's [one, {newline}"
    return layout.choice(["", " ", "\t", "", f"{newline}    ", f" {comment}", f"{newline}  #{comment}  {comment}"])


def written_comment(layout: Random) -> str:
    return "# " + "".join(layout.choices("a =;,'\"[]#ü", k=layout.randint(0, 4)))


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    values, layout = draw(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)), draw(LAYOUTS)
    newline = layout.choice(["\n", "\r\n"])
    pieces, place = [], {}
    for name, value in values.items():
        pieces += layout.choice([[], [newline], [f"{written_comment(layout)}{newline}"]])
        place[name] = len(pieces)
        assignment = layout.choice(["=", " = ", "\t=  "])
        ending = layout.choice([newline, f" {written_comment(layout)}{newline}", ";" + newline, "; "])
        pieces.append(f"{name}{assignment}{written(layout, value, newline)}{ending}")
    if layout.choice([False, True]):
        pieces.append(written_comment(layout))
    return Sample(pieces, values, place)


def comments_of(text: str) -> list[str]:
    """The comments as Python's own tokenizer finds them."""
    found = tokenize.generate_tokens(io.StringIO(text, newline="").readline)
    return sorted(token.string.rstrip("\r") for token in found if token.type == tokenize.COMMENT)


def through_a_file(document: ConfigDocument) -> ConfigDocument:
    with TemporaryDirectory() as folder:
        path = Path(folder, "vm.cfg")
        document.write(path)
        return ConfigDocument.read(path)


def typed(values: object) -> str:
    """Tells True from 1, and 1 from 1.0."""
    return repr(values)


@THOROUGH
@given(samples(), st.data())
def test_replacing_a_value_changes_only_that_key_and_keeps_all_comments(sample: Sample, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(sample.values)))
    value = data.draw(VALUES)
    document = ConfigDocument.parse(sample.text)
    document[name] = value
    again = through_a_file(document)
    assert typed(dict(again)) == typed({**sample.values, name: value})
    assert comments_of(again.text) == comments_of(sample.text)
    first = at = sample.place[name]
    while first and sample.pieces[first - 1].endswith("; "):
        first -= 1
    assert again.text.startswith("".join(sample.pieces[:first]))
    assert again.text.endswith("".join(sample.pieces[at + 1 :]))


@BRIEF
@given(samples(), st.data())
def test_changing_a_list_changes_only_that_key_and_keeps_all_comments(sample: Sample, data: st.DataObject) -> None:
    items = data.draw(st.lists(SCALARS, max_size=5))
    newline = "\r\n" if "\r\n" in sample.text else "\n"
    last_line = f"{newline}zlist = {written(data.draw(LAYOUTS), items, newline)}  # behind it{newline}"
    text = sample.text + last_line
    document = ConfigDocument.parse(text)
    changed = data.draw(st.permutations(items + data.draw(st.lists(SCALARS, max_size=3))))
    changed = changed[: data.draw(st.integers(0, len(changed)))]
    document["zlist"] = changed
    again = through_a_file(document)
    assert typed(dict(again)) == typed({**sample.values, "zlist": changed})
    assert comments_of(again.text) == comments_of(text)
    assert again.text.startswith(sample.text)
    assert again.text.endswith(f"  # behind it{newline}")


@BRIEF
@given(samples(), st.data())
def test_deleting_a_key_deletes_only_that_key_and_keeps_all_comments(sample: Sample, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(sample.values)))
    document = ConfigDocument.parse(sample.text)
    del document[name]
    again = through_a_file(document)
    left = {key: value for key, value in sample.values.items() if key != name}
    assert typed(dict(again)) == typed(left)
    assert comments_of(again.text) == comments_of(sample.text)


@BRIEF
@given(samples(), VALUES)
def test_appending_a_key_leaves_the_whole_file_before_it(sample: Sample, value: Value) -> None:
    document = ConfigDocument.parse(sample.text)
    document["new_key"] = value
    again = through_a_file(document)
    assert typed(dict(again)) == typed({**sample.values, "new_key": value})
    assert again.text.startswith(sample.text)
    assert comments_of(again.text) == comments_of(sample.text)
