"""Forms without a toolkit: fields, pages, VM Settings and its modes, menu actions.

May import `errors` and `model`. Who works with values imports `validation`, `text` or `vm_settings` from here:
every command imports this package for the hookspecs, few need those.
"""

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
