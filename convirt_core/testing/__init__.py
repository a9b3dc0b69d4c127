"""The conformance kit: the tests of a platform's contract, for plugin authors.

May import the whole core; needs pytest. `Lab` and `PlatformContract` are all that an author names.
"""

from typing import TYPE_CHECKING

from convirt_core.lazy import exports

if TYPE_CHECKING:
    from convirt_core.testing.contract import PlatformContract
    from convirt_core.testing.lab import Lab

__all__ = ["Lab", "PlatformContract"]

__getattr__ = exports(__name__, {"Lab": "lab", "PlatformContract": "contract"})
