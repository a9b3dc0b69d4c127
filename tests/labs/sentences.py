"""How a failure must be told: one sentence for a person."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess


def sentences(text: str) -> list[str]:
    """Return the sentences of a text: one ends with a full stop and a space, or with its line."""
    return re.split(r"(?<=[.!?])\s+|\n+", text.strip())


def check_one_sentence(said: str, part: str = "") -> None:
    """See that standard error tells one error: a line of what is wrong, indented ones of what to try, no traceback.

    Lines about progress and notes may stand before it.

    :param part: of the sentence
    """
    lines = said.splitlines()
    errors = [number for number, line in enumerate(lines) if line.startswith("Error: ")]
    assert len(errors) == 1, said
    sentence, *rest = lines[errors[0] :]
    assert part in sentence, said
    assert all(line.startswith("  ") for line in rest), said
    assert "Traceback" not in said, said


def check_refusal(ended: subprocess.CompletedProcess[str], code: int, part: str = "") -> None:
    """See that a command ended with this exit code, said so in one sentence, and answered nothing."""
    assert ended.returncode == code, ended
    check_one_sentence(ended.stderr, part)
    assert ended.stdout == ""
