"""The files of tests/data/xl: every class of key of xl.cfg(5), in every way people write them."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from convirt_core.config import ConfigDocument, Value
from convirt_core.errors import ConfigError

FOLDER = Path(__file__).parents[2] / "data" / "xl"
GOOD = sorted(path for path in FOLDER.iterdir() if path.suffix in {".cfg", ".conf"})
BROKEN = sorted((FOLDER / "broken").iterdir())

# What Python 3 would not read: indentation, old octal numbers, empty statements.
XL_ONLY = {"19-tabs.cfg", "25-semicolons.cfg", "26-numbers.cfg"}


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=path.name) for path in paths]


def evaluated(node: ast.expr) -> Any:
    """Python's own reading of a literal, with `+`."""
    if isinstance(node, ast.BinOp):
        return evaluated(node.left) + evaluated(node.right)
    if isinstance(node, ast.List):
        return [evaluated(item) for item in node.elts]
    return ast.literal_eval(node)


def test_there_are_thirty_samples_and_more() -> None:
    assert len(GOOD) >= 30


@pytest.mark.parametrize("path", named(GOOD))
def test_a_sample_is_read_and_written_back_byte_for_byte(path: Path, tmp_path: Path) -> None:
    document = ConfigDocument.read(path)
    document.write(tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == path.read_bytes()


@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:invalid escape sequence:SyntaxWarning")
@pytest.mark.parametrize("path", named([path for path in GOOD if path.name not in XL_ONLY]))
def test_a_sample_that_is_python_has_the_values_that_python_gives_it(path: Path) -> None:
    module = ast.parse(path.read_bytes().decode("utf-8-sig"))
    expected = {ast.unparse(one.targets[0]): evaluated(one.value) for one in module.body if isinstance(one, ast.Assign)}
    assert dict(ConfigDocument.read(path)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("19-tabs.cfg", {"name": "tabs", "memory": 256, "disk": ["a,raw,xvda", "b,raw,xvdb"]}),
        (
            "25-semicolons.cfg",
            {
                "name": "h0", "builder": "hvm", "memory": 64, "vcpus": 1,
                "boot": "c", "acpi": 1, "apic": 1, "pae": 1,
            },
        ),
        (
            "26-numbers.cfg",
            {
                "name": "numbers", "memory": 512, "shadow_memory": 8, "rtc_timeoffset": -3600,
                "altp2mhvm": 1, "zero": 0, "weight": 15, "mask": 5, "big": 2**64 - 1,
                "float": 1.5, "tiny": 0.001, "mmio_hole": 2048,
            },
        ),
    ],
)  # fmt: skip
def test_a_sample_that_only_xl_reads_has_the_values_that_xl_gives_it(name: str, expected: dict[str, Value]) -> None:
    assert dict(ConfigDocument.read(FOLDER / name)) == expected


@pytest.mark.parametrize("path", named(GOOD))
def test_setting_every_value_anew_changes_no_byte_of_a_sample(path: Path) -> None:
    document = ConfigDocument.read(path)
    before = document.text
    document.update(dict(document))
    assert document.text == before


@pytest.mark.parametrize("path", named(GOOD))
def test_deleting_every_setting_of_a_sample_leaves_its_comments(path: Path) -> None:
    document = ConfigDocument.read(path)
    comments = [comment.text for comment in document._parsed.comments]
    document.clear()
    assert not document
    assert sorted(comment.text for comment in document._parsed.comments) == sorted(comments)


@pytest.mark.parametrize("path", named(BROKEN))
def test_a_broken_sample_is_refused_with_line_column_and_reason(path: Path) -> None:
    first_line = path.read_bytes().splitlines()[0].decode()
    claim = re.search(r"refused at (\d+):(\d+): (.+)", first_line)
    assert claim, "its first line says where and why"
    with pytest.raises(ConfigError) as refused:
        ConfigDocument.read(path)
    assert (refused.value.line, refused.value.column) == (int(claim[1]), int(claim[2]))
    assert refused.value.reason.startswith(claim[3])
    assert refused.value.source == str(path)
