"""What a platform asks a person: about a server, and about a VM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from convirt_core.config import ConfigDocument, substitute
from convirt_core.errors import NotSupported
from convirt_core.forms import FieldKind, NodeFormMode, SettingsContext, SettingsMode
from convirt_core.forms.validation import check
from convirt_core.hookspecs import PlatformSpec, PlatformUIHelperSpec, VMConfigSpec
from convirt_core.model import errors_in
from convirt_core.platforms import ConfigSource

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from convirt_core.forms import Field, Form, Page
    from convirt_core.testing.workbench import Workbench


_VARIABLES: Mapping[str, str] = {
    "VM_NAME": "kit-template",
    "VM_DISKS_DIR": "/srv/kit",
    "AUTOGEN_MAC": "02:00:00:00:00:01",
    "DEFAULT_BRIDGE": "kitbr0",
    "KERNEL": "/srv/kit/vmlinuz",
    "RAMDISK": "/srv/kit/initrd",
    "EXTRA": "quiet",
}
"""What a template may name, as for an image that has all of it."""


class Forms:
    """Forms without a toolkit, which every front end shows."""

    @pytest.mark.parametrize("mode", list(NodeFormMode))
    def test_the_form_of_a_server_names_each_value_once(self, bench: Workbench, mode: NodeFormMode) -> None:
        keys = [field.key for field in _node_form(bench, mode).fields]
        assert sorted(set(keys)) == sorted(keys)

    @pytest.mark.parametrize("mode", list(NodeFormMode))
    def test_the_form_of_a_server_is_content_with_its_own_defaults(self, bench: Workbench, mode: NodeFormMode) -> None:
        form = _node_form(bench, mode)
        required = {field.key for field in form.fields if field.required and field.default is None}
        defaults = {field.key: field.default for field in form.fields}
        assert {key: why for key, why in check(form, defaults).items() if key not in required} == {}

    def test_the_values_of_a_server_are_those_of_its_form(self, bench: Workbench) -> None:
        form = _node_form(bench, NodeFormMode.ADD)
        known = {field.key for field in form.fields} | set(bench.platform.defaults)
        assert sorted(set(bench.node.options) - known) == []

    def test_the_form_of_a_server_takes_the_values_of_one_that_works(self, bench: Workbench) -> None:
        form = _node_form(bench, NodeFormMode.ADD)
        values = {field.key: field.default for field in form.fields} | dict(bench.lab.node().options)
        given = {key: why for key, why in check(form, values).items() if key in bench.lab.node().options}
        assert given == {}

    @pytest.mark.parametrize("mode", list(SettingsMode))
    def test_the_settings_of_a_vm_name_keys_that_its_definition_knows(
        self, bench: Workbench, mode: SettingsMode
    ) -> None:
        config = bench.config()
        context = SettingsContext(config=dict(config), capabilities=frozenset(bench.capabilities))
        try:
            pages = bench.app.plugins.call(
                bench.node.platform, PlatformUIHelperSpec.convirt_vm_settings_pages, mode=mode, context=context
            )
        except NotSupported:
            pytest.skip("the platform adds no settings")
        for field in _fields(pages):
            value = _a_value(field)
            if value is not None:
                config[field.key] = value  # a key that it does not know is refused
                assert config[field.key] == value
            if field.validator is not None:
                field.validator(field.default, dict(config))

    def test_a_template_makes_a_definition(self, bench: Workbench) -> None:
        templates = bench.app.plugins.call(bench.node.platform, PlatformSpec.convirt_templates)
        assert templates
        for template in templates:
            values = substitute(dict(ConfigDocument.parse(template.text, template.name)), _VARIABLES)
            source = ConfigSource("values", values=values, options=bench.node.options, origin=template.name)
            made = bench.app.plugins.call(bench.node.platform, VMConfigSpec.convirt_create_vm_config, source=source)
            assert made.name == _VARIABLES["VM_NAME"]
            assert [finding.message for finding in errors_in(made.validate())] == []


def _node_form(bench: Workbench, mode: NodeFormMode) -> Form:
    return bench.app.plugins.call(bench.node.platform, PlatformUIHelperSpec.convirt_node_form, mode=mode)


def _a_value(field: Field) -> object:
    """Return a value that a field can have; None: it holds none, or more than one."""
    if field.default is not None or field.kind is not FieldKind.TEXT:
        return field.default
    return field.choices[0].value if field.choices else "kit"


def _fields(pages: Iterable[Page]) -> list[Field]:
    return [field for page in pages for field in page.fields]
