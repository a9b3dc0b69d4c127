"""Set, replace and delete settings by the smallest exchange of text.

Comments are never lost: one that stood inside what goes away moves to a line of its own above the setting.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from convirt_core.config.layout import assignment, comments_between, first_of_line, quote_near
from convirt_core.config.list_editing import replace_node
from convirt_core.config.splice import Splice, cut, spliced
from convirt_core.config.writer import render

if TYPE_CHECKING:
    from convirt_core.config.parser import Parsed
    from convirt_core.config.values import Value

_TERMINATOR = re.compile(r"(?:[ \t\f;]|\\(?:\r\n|\r|\n))*")


def replace(parsed: Parsed, index: int, value: Value) -> str:
    """Return the text with another value in statement `index`; a comment behind it stays.

    :raises InvalidInput: a value that the format does not hold
    """
    splices = replace_node(parsed, parsed.statements[index].node, value)
    return spliced(parsed.source.text, [*_rescued(parsed, index, splices), *splices])


def delete(parsed: Parsed, index: int) -> str:
    """Return the text without statement `index`; a comment behind it stays."""
    splices = [_deletion(parsed, index)]
    return spliced(parsed.source.text, [*_rescued(parsed, index, splices), *splices])


def append(parsed: Parsed, name: str, value: Value) -> str:
    """Return the text with one more setting at its end, on a line of its own.

    :raises InvalidInput: a value that the format does not hold
    """
    source = parsed.source
    end = len(source.text)
    begun = "" if not source.text or source.text.endswith(("\n", "\r")) else source.newline
    written = render(value, quote_near(parsed, end, end))
    return f"{source.text}{begun}{name}{assignment(parsed)}{written}{source.newline}"


def _deletion(parsed: Parsed, index: int) -> Splice:
    """Cut statement `index` with its `;`, and the line if nothing else is in it."""
    statement = parsed.statements[index]
    following = parsed.statements[index + 1 : index + 2]
    if following and following[0].joined:
        return Splice(statement.start, following[0].start, "")
    if statement.joined:
        return Splice(parsed.statements[index - 1].end, statement.end, "")
    terminator = _TERMINATOR.match(parsed.source.text, statement.end)
    return cut(parsed.source, statement.start, terminator.end() if terminator else statement.end)


def _rescued(parsed: Parsed, index: int, splices: list[Splice]) -> list[Splice]:
    """Insert the comments that the splices would take away above the line of statement `index`."""
    lost = [comment for splice in splices for comment in comments_between(parsed, splice.start, splice.end)]
    source = parsed.source
    start = first_of_line(parsed, index).start
    indentation = ""
    if source.begins_line(start):
        indentation = source.indentation(start)
        start = source.line_start(start)
    return [Splice(start, start, f"{indentation}{comment.text}{source.newline}") for comment in lost]
