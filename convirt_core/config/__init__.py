"""The python-config format: read it, edit it in place, substitute variables. Nothing is ever executed.

It may import the standard library and convirt_core.errors, nothing else.
Start at `ConfigDocument`.
"""

from convirt_core.config.document import ConfigDocument
from convirt_core.config.mac import random_mac
from convirt_core.config.substitution import Variable, substitute
from convirt_core.config.values import Scalar, Value

__all__ = ["ConfigDocument", "Scalar", "Value", "Variable", "random_mac", "substitute"]
