"""Change a list where it stands: elements that stay keep their writing, their lines and their comments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from convirt_core.config.layout import comments_between, quote_near
from convirt_core.config.splice import Splice, cut
from convirt_core.config.writer import render, render_lines, same

if TYPE_CHECKING:
    from convirt_core.config.parser import Node, Parsed
    from convirt_core.config.values import Value

# Possessive, for a comma within a comment is none.
_COMMA = re.compile(r"(?:[ \t\f\r\n]|\\(?=[\r\n])|#[^\r\n]*+)*+,")
_COMMA_IN_LINE = re.compile(r"[ \t\f]*,[ \t\f]*")


def replace_node(parsed: Parsed, node: Node, value: Value) -> list[Splice]:
    """Return the exchanges that give `node` another value.

    :raises InvalidInput: a value that the format does not hold
    """
    if same(node.value, value):
        return []
    if node.items and isinstance(value, list) and (value or comments_between(parsed, node.start, node.end)):
        return _change_items(parsed, node, node.items, value)
    return [Splice(node.start, node.end, _rendered(parsed, node, value))]


def _rendered(parsed: Parsed, node: Node, value: Value) -> str:
    source = parsed.source
    quote = quote_near(parsed, node.start, node.end)
    was_over_lines = len(source.text[node.start : node.end].splitlines()) > 1
    if isinstance(value, list) and was_over_lines:
        return render_lines(value, quote, source.newline, source.indentation(node.start))
    return render(value, quote)


class _Difference(NamedTuple):
    """Where two lists differ: `before` equal elements ahead and `behind` equal ones after."""

    before: int
    behind: int


def _change_items(parsed: Parsed, node: Node, items: tuple[Node, ...], values: list[Value]) -> list[Splice]:
    """Pair the elements that differ; then take away those left over, or insert what is left over."""
    before, behind = _difference(items, values)
    old = items[before : len(items) - behind]
    new = values[before : len(values) - behind]
    splices = [splice for item, value in zip(old, new, strict=False) for splice in replace_node(parsed, item, value)]
    paired = before + min(len(old), len(new))
    if len(old) > len(new):
        return splices + _remove(parsed, items, paired, len(items) - behind)
    if len(new) > len(old):
        return splices + _insert(parsed, node, items, paired, new[len(old) :])
    return splices


def _difference(items: tuple[Node, ...], values: list[Value]) -> _Difference:
    shorter = min(len(items), len(values))
    before = 0
    while before < shorter and same(items[before].value, values[before]):
        before += 1
    behind = 0
    while behind < shorter - before and same(items[-1 - behind].value, values[-1 - behind]):
        behind += 1
    return _Difference(before, behind)


def _remove(parsed: Parsed, items: tuple[Node, ...], first: int, stop: int) -> list[Splice]:
    """Cut the elements from `first` up to `stop` with one comma each; one by one where comments stand between."""
    if stop < len(items):
        whole = Splice(items[first].start, items[stop].start, "")
    elif first:
        whole = Splice(items[first - 1].end, items[-1].end, "")
    else:
        return _cut_each(parsed, items)
    has_comments = comments_between(parsed, whole.start, whole.end)
    return _cut_each(parsed, items[first:stop]) if has_comments else [whole]


def _cut_each(parsed: Parsed, items: tuple[Node, ...]) -> list[Splice]:
    splices = []
    for item in items:
        near = _COMMA_IN_LINE.match(parsed.source.text, item.end)
        far = None if near else _COMMA.match(parsed.source.text, item.end)
        splices.append(cut(parsed.source, item.start, near.end() if near else item.end))
        splices += [Splice(far.end() - 1, far.end(), "")] if far else []
    return splices


def _insert(parsed: Parsed, node: Node, items: tuple[Node, ...], at: int, values: list[Value]) -> list[Splice]:
    """Insert elements before element `at`, or behind the last one, on lines of their own where that one is."""
    quote = quote_near(parsed, node.start, node.end)
    written = [render(value, quote, 1) for value in values]
    if at == len(items):
        return _append(parsed, node, items[-1], written)
    start = items[at].start
    between = f",{_line_break(parsed, start)}" if parsed.source.begins_line(start) else ", "
    return [Splice(start, start, "".join(text + between for text in written))]


def _append(parsed: Parsed, node: Node, last: Node, written: list[str]) -> list[Splice]:
    """Insert behind the last element, its comma and the comments there; a last comma stays a last comma."""
    comma = _COMMA.match(parsed.source.text, last.end)
    comments = comments_between(parsed, last.end, node.end)
    tail = max([last.end, *(comment.end for comment in comments), comma.end() if comma else 0])
    on_lines = comments or parsed.source.begins_line(last.start)
    lead = _line_break(parsed, last.start) if on_lines else " "
    text = ",".join(lead + one for one in written)
    if comma:
        return [Splice(tail, tail, f"{text},")]
    return [Splice(last.end, last.end, ","), Splice(tail, tail, text)]


def _line_break(parsed: Parsed, start: int) -> str:
    """Return a line end and the indentation of the element at `start`."""
    source = parsed.source
    indentation = source.indentation(start)
    return source.newline + indentation + ("" if source.begins_line(start) else "    ")
