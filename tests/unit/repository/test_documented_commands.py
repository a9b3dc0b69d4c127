"""What the documentation shows is what happens."""

from __future__ import annotations

import re

import pytest
from labs.command_line import Convirt
from labs.documented import PAGES, ROOT, commands, follow, pages, shown


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_the_commands_of_a_page_print_what_it_shows(page, tmp_path):
    follow(page, Convirt(tmp_path))


def test_the_readme_shows_commands_that_are_run():
    assert shown(ROOT / "README.md")


def test_a_command_that_prints_something_else_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("```console\n$ convirt pool add lab\nAdded the pool bal.\n```\n")
    with pytest.raises(AssertionError, match=r"Added the pool bal"):
        follow(page, Convirt(tmp_path))


def test_shown_lines_belong_to_the_command_above_them():
    (first, second) = commands("$ convirt a\none\n\n$ convirt b\ntwo\n")
    assert (first.command, first.lines, second.lines) == ("convirt a", ["one"], ["two"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_within_the_repository_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+?\.md)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
