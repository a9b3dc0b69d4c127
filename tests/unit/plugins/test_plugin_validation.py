"""What breaks the contract is found when a plugin is loaded, and said in a sentence."""

from __future__ import annotations

from textwrap import indent

import pytest

from convirt_core.errors import PluginError

HEAD = """\
import attrs, pluggy
from convirt_core.hookspecs import *
from convirt_core.platforms import Platform
"""
PLATFORM = """
@hookimpl
def convirt_platform(self):
    return Platform("Toy", frozenset())
"""
TWICE = """
@hookimpl
def convirt_before_operation(self, operation): return []
@hookimpl(specname="convirt_before_operation")
def again(self, operation): return []
"""
MISTAKES = {
    "misspelled": (
        "VNodeSpec",
        "@hookimpl\ndef convirt_check_migraton(self, request): return []",
        "convirt_check_migraton is not a hook (did you mean convirt_check_migration?)",
    ),
    "misspelled and not decorated": (
        "VNodeSpec",
        "def convirt_check_migraton(self, request): return []",
        "convirt_check_migraton is not a hook (did you mean convirt_check_migration?)",
    ),
    "decorated without being a hook": ("VNodeSpec", "@hookimpl\ndef check(self): ...", "check is not a hook"),
    "not decorated": (
        "VNodeSpec",
        "def convirt_check_migration(self, request): return []",
        "convirt_check_migration lacks @hookimpl",
    ),
    "renamed argument": (
        "VNodeSpec",
        "@hookimpl\ndef convirt_check_migration(self, what): return []",
        "convirt_check_migration must take exactly (self, request)",
    ),
    "argument left out": (
        "VNodeSpec",
        "@hookimpl\ndef convirt_check_migration(self): return []",
        "convirt_check_migration must take exactly (self, request)",
    ),
    "argument too many": (
        "VNodeSpec",
        "@hookimpl\ndef convirt_check_migration(self, request, more): return []",
        "convirt_check_migration must take exactly (self, request)",
    ),
    "keyword-only argument": (
        "VNodeSpec",
        "@hookimpl\ndef convirt_check_migration(self, *, request): return []",
        "convirt_check_migration must take exactly (self, request)",
    ),
    "argument with a default": (
        "VNodeSpec",
        "@hookimpl\ndef convirt_check_migration(self, request=None): return []",
        "convirt_check_migration must take exactly (self, request)",
    ),
    "wrapper": (
        "VMMSpec",
        "@hookimpl(wrapper=True)\ndef convirt_before_operation(self, operation): return (yield)",
        "convirt_before_operation is a wrapper; wrappers are not supported",
    ),
    "old wrapper": (
        "VMMSpec",
        "@hookimpl(hookwrapper=True)\ndef convirt_before_operation(self, operation): yield",
        "convirt_before_operation is a wrapper; wrappers are not supported",
    ),
    "generator": (
        "VMMSpec",
        "@hookimpl\ndef convirt_before_operation(self, operation): yield 1",
        "convirt_before_operation must be a plain method that returns its answer",
    ),
    "coroutine": (
        "VMMSpec",
        "@hookimpl\nasync def convirt_before_operation(self, operation): return []",
        "convirt_before_operation must be a plain method that returns its answer",
    ),
    "a factory in an extension": (
        "VNodeSpec",
        "@hookimpl\ndef convirt_create_vnode(self, node, session): ...",
        "convirt_create_vnode is for platforms only",
    ),
    "a spec that is not subclassed": (
        "VNodeSpec",
        "@hookimpl\ndef convirt_before_operation(self, operation): return []",
        "convirt_before_operation needs the class to subclass VMMSpec",
    ),
    "one hook twice": (
        "VMMSpec",
        TWICE,
        "convirt_before_operation is implemented twice",
    ),
}


def install(site, group, bases, body):
    source = f"{HEAD}\nclass Toy({bases}):\n{indent(body, '    ')}\n"
    site.install("convirt-toy", {f"{group}:toy": "toy_plugin:Toy"}, {"toy_plugin": source})


def fault_of(plugins):
    (answer,) = plugins.start_extensions()
    assert isinstance(answer.error, PluginError)
    return answer.error.message


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_an_extension_is_named(site, open_plugins, mistake):
    bases, body, complaint = MISTAKES[mistake]
    install(site, "extensions", bases, body)
    message = fault_of(open_plugins())
    assert message.startswith("The plugin extensions:toy (convirt-toy 1.0) breaks the contract: ")
    assert complaint in message


def test_every_mistake_is_named_at_once(site, open_plugins):
    mistakes = [body for bases, body, _ in MISTAKES.values() if bases == "VNodeSpec"][:1]
    install(site, "extensions", "VNodeSpec", "\n".join([*mistakes, "def convirt_check_placement(self, request): ..."]))
    message = fault_of(open_plugins())
    assert "convirt_check_migraton is not a hook" in message
    assert "convirt_check_placement lacks @hookimpl" in message


@pytest.mark.parametrize(
    ("target", "complaint"),
    [
        ("Toy = 3", "names 3, which is not a class"),
        ("Toy = int", "names the class int, which subclasses none of the spec classes"),
    ],
)
def test_what_is_not_a_plugin_class_is_refused(site, open_plugins, target, complaint):
    site.install("convirt-toy", {"extensions:toy": "toy_plugin:Toy"}, {"toy_plugin": target})
    assert complaint in fault_of(open_plugins())


@pytest.mark.parametrize(
    ("bases", "body", "complaint"),
    [
        ("PlatformSpec", "pass", "convirt_platform is missing"),
        ("VNodeSpec", "pass", "a platform must subclass PlatformSpec"),
        (
            "PlatformSpec, ExtensionSpec",
            PLATFORM + "@hookimpl\ndef convirt_start(self): ...",
            "convirt_start is for extensions only",
        ),
    ],
)
def test_a_mistake_in_a_platform_is_named(site, open_plugins, bases, body, complaint):
    install(site, "platforms", bases, body)
    with pytest.raises(PluginError) as caught:
        open_plugins().platform("toy")
    assert complaint in caught.value.message


@pytest.mark.parametrize(
    ("bases", "decorator"), [("PlatformSpec", "@attrs.define"), ("PlatformSpec", "@attrs.define(hash=True)")]
)
def test_an_attrs_class_is_a_plugin_like_any_other(site, open_plugins, bases, decorator):
    body = indent("context: object\n" + PLATFORM, "    ")
    source = f"{HEAD}\n{decorator}\nclass Toy({bases}):\n{body}\n"
    site.install("convirt-toy", {"platforms:toy": "toy_plugin:Toy"}, {"toy_plugin": source})
    assert open_plugins().platform("toy").display_name == "Toy"


def test_hooks_may_be_inherited_from_a_base_of_the_plugins_own(site, open_plugins):
    source = f"{HEAD}\nclass Base(PlatformSpec):\n{indent(PLATFORM, '    ')}\nclass Toy(Base): ...\n"
    site.install("convirt-toy", {"platforms:toy": "toy_plugin:Toy"}, {"toy_plugin": source})
    assert open_plugins().platform("toy").display_name == "Toy"
