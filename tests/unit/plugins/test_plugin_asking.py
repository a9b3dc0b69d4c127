"""Platforms and extensions answer, each under its own name."""

from __future__ import annotations

import contextvars

import pytest
from labs.faulty_plugins import platform_source

from convirt_core.errors import NotFound, NotSupported
from convirt_core.hookspecs import PlatformSpec, PlatformUIHelperSpec, VMMSpec

SECTIONS = """
from convirt_core.hookspecs import PlatformSpec, PlatformUIHelperSpec, hookimpl
from convirt_core.model import InfoSection
from convirt_core.platforms import Platform

class Toy({bases}):
    @hookimpl
    def convirt_platform_info(self, vnode):
        return [InfoSection("{name}", ())]
"""
PLATFORM = """
    @hookimpl
    def convirt_platform(self):
        return Platform("Toy", frozenset())
"""


@pytest.fixture
def informants(site):
    bases = "PlatformSpec, PlatformUIHelperSpec"
    source = SECTIONS.format(bases=bases, name="of the platform") + PLATFORM
    site.install("convirt-toy", {"platforms:toy": "toy_plugin:Toy"}, {"toy_plugin": source})
    for name in ("zebra", "apple"):
        site.extension(name, SECTIONS.format(bases="PlatformUIHelperSpec", name=f"of {name}"), "Toy")


@pytest.mark.usefixtures("informants")
def test_the_platform_answers_first_then_the_extensions_by_name(open_plugins):
    answers = open_plugins().ask("toy", PlatformUIHelperSpec.convirt_platform_info, vnode=None)
    assert [(answer.plugin, answer.value[0].title) for answer in answers] == [
        ("platforms:toy", "of the platform"),
        ("extensions:apple", "of apple"),
        ("extensions:zebra", "of zebra"),
    ]


def test_another_platform_is_not_asked(site, open_plugins):
    site.platform("toy")
    site.platform("other", before="raise RuntimeError('imported')")
    assert [a.plugin for a in open_plugins().ask("toy", PlatformSpec.convirt_platform)] == ["platforms:toy"]


def test_a_plugin_without_the_hook_gives_no_answer(site, open_plugins, start_request):
    site.platform("toy")
    assert open_plugins().ask("toy", VMMSpec.convirt_before_operation, operation=start_request) == []


def test_extensions_are_not_imported_for_a_hook_that_only_platforms_have(site, open_plugins):
    site.platform("toy")
    site.checker("good", "return []")
    plugins = open_plugins()
    plugins.ask("toy", PlatformSpec.convirt_platform)
    plugins.call("toy", PlatformSpec.convirt_platform)
    assert site.module("extension", "good") is None


def test_a_hook_that_a_platform_lacks_is_not_supported(site, open_plugins):
    site.platform("toy")
    with pytest.raises(NotSupported, match=r"platforms:toy \(convirt-toy 1.0\) does not offer convirt_templates"):
        open_plugins().call("toy", PlatformSpec.convirt_templates)


def test_asking_a_platform_that_is_not_installed_is_answered_with_not_found(open_plugins):
    (answer,) = open_plugins().ask("vmware", PlatformSpec.convirt_platform)
    assert isinstance(answer.error, NotFound)


def test_findings_bear_the_name_of_who_says_them(site, open_plugins, start_request):
    site.platform("toy")
    site.checker("quota", "return [Finding('full', 'Quota', Severity.ERROR, 'No room.', plugin='somebody else')]")
    (finding,) = open_plugins().findings("toy", VMMSpec.convirt_before_operation, operation=start_request)
    assert (finding.code, finding.plugin) == ("full", "extensions:quota")


def test_a_hook_sees_the_context_variables_of_its_caller(site, open_plugins, start_request):
    variable = contextvars.ContextVar("task", default="none")
    variable.set("task-7")
    site.platform("toy")
    site.checker(
        "curious",
        "import contextvars\n"
        "        seen = {v.name: contextvars.copy_context()[v] for v in contextvars.copy_context()}\n"
        "        return [Finding(seen['task'], 'Test', Severity.INFO, '')]",
    )
    (finding,) = open_plugins().findings("toy", VMMSpec.convirt_before_operation, operation=start_request)
    assert finding.code == "task-7"


def test_two_applications_have_plugins_of_their_own(site, open_plugins):
    source = platform_source("TOY").replace("'TOY'", "str(id(self))")
    site.install("convirt-toy", {"platforms:toy": "toy_plugin:Toy"}, {"toy_plugin": source})
    first, second = open_plugins(), open_plugins()
    assert first.platform("toy").display_name == first.platform("toy").display_name
    assert first.platform("toy").display_name != second.platform("toy").display_name
