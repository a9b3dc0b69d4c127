"""What a platform asks a person: about a server, and about a VM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from convirt_core.errors import NotSupported
from convirt_core.forms import NodeFormMode, SettingsContext, SettingsMode
from convirt_core.forms.validation import check
from convirt_core.hookspecs import PlatformSpec, PlatformUIHelperSpec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from convirt_core.forms import Field, Form, Page
    from convirt_core.testing.workbench import Workbench


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

    def test_the_values_of_a_server_come_back_as_they_were_given(self, bench: Workbench) -> None:
        given = bench.lab.node().options
        assert {key: bench.server.node.options[key] for key in given} == dict(given)

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
            config.get(field.key)  # a key that it does not know raises
            if field.validator is not None:
                field.validator(field.default, dict(config))

    def test_a_template_makes_a_definition(self, bench: Workbench) -> None:
        templates = bench.app.plugins.call(bench.node.platform, PlatformSpec.convirt_templates)
        assert templates
        assert all(template.text.strip() for template in templates)


def _node_form(bench: Workbench, mode: NodeFormMode) -> Form:
    return bench.app.plugins.call(bench.node.platform, PlatformUIHelperSpec.convirt_node_form, mode=mode)


def _fields(pages: Iterable[Page]) -> list[Field]:
    return [field for page in pages for field in page.fields]
