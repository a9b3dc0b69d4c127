"""What a plain answer of `convirt` is made of, apart from the values in it."""

from __future__ import annotations

import re
from itertools import pairwise


def shape(text: str) -> dict[str, list[str]]:
    """Return the labels of each section by its title, the columns of each table by the first of them, and sentences.

    A sentence has nothing beneath it. The rows of a table are left out; what follows one is taken for its rows, but
    for a section and another table.
    """
    found: dict[str, list[str]] = {}
    title, is_table = "", False
    for line, following in pairwise([*text.splitlines(), ""]):
        cells = re.split(" {2,}", line.strip())
        if line.startswith("  "):
            found[title].append(cells[0])
        elif following.startswith("  "):
            title, is_table = line, False
            found[title] = []
        elif line.isupper():
            is_table = True
            found[cells[0]] = cells
        elif not is_table:
            found[line] = []
    return found
