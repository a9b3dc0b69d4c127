"""Forms without a toolkit: fields, pages, VM Settings and its modes, menu actions.

May import `errors` and `model`. Who works with values imports `validation`, `text` or `vm_settings` from here:
every command imports this package for the hookspecs, few need those.
"""

from typing import TYPE_CHECKING

from convirt_core.lazy import exports

if TYPE_CHECKING:
    from convirt_core.forms.actions import Action, ActionTarget
    from convirt_core.forms.fields import Choice, Field, FieldKind, Form, Page, Values
    from convirt_core.forms.modes import NodeFormMode, SettingsContext, SettingsMode

__all__ = [
    "Action",
    "ActionTarget",
    "Choice",
    "Field",
    "FieldKind",
    "Form",
    "NodeFormMode",
    "Page",
    "SettingsContext",
    "SettingsMode",
    "Values",
]

__getattr__ = exports(
    __name__,
    {
        "Action": "actions",
        "ActionTarget": "actions",
        "Choice": "fields",
        "Field": "fields",
        "FieldKind": "fields",
        "Form": "fields",
        "NodeFormMode": "modes",
        "Page": "fields",
        "SettingsContext": "modes",
        "SettingsMode": "modes",
        "Values": "fields",
    },
)
