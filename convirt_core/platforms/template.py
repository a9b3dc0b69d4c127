"""What the definition of a new VM begins with."""

from __future__ import annotations

from attrs import frozen


@frozen
class Template:
    """A VM definition to begin an image with.

    :param name: `kernel` and `disk` are what an image is made with from a kernel or from a disk; others are for
        people to choose
    :param text: in the python-config format
    """

    name: str
    title: str
    text: str
