"""What a person is asked about every server of libvirt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convirt_core.forms import Field, FieldKind, Form, Page, Values
from convirt_libvirt.places import BRIDGE, DISKS_FOLDER, IMAGES_FOLDER, PLACES
from convirt_libvirt.uri import MIGRATION_ADDRESS_OPTION, MIGRATION_URI_OPTION, URI_OPTION

if TYPE_CHECKING:
    from collections.abc import Iterable

_URI_FIELD = Field(
    URI_OPTION,
    "libvirt URI",
    help="Empty: the system's libvirt, over the server's own connection. "
    "One without a host is this machine's, and refused for a server elsewhere.",
)


def server_form(key: str, title: str, fields: Iterable[Field], example: str) -> Form:
    """Return the questions about a server.

    :param key: of the first page, and what the others' begin with
    :param title: of the platform
    :param fields: the platform's own
    :param example: of a URI by which another libvirt comes
    """
    own = Page(key, title, (*fields, _URI_FIELD))
    return Form(f"{title} server", (own, _places_page(f"{key}-places"), _migration_page(f"{key}-migration", example)))


def _places_page(key: str) -> Page:
    """Return where disks and images lie, and which bridge is the usual one.

    :param key: of the page
    """
    return Page(
        key,
        "Places",
        (
            _folder(DISKS_FOLDER, "Folder for disks", "Where the disks of new VMs are made."),
            _folder(IMAGES_FOLDER, "Folder for images", "Where copies of images are kept that VMs stand on."),
            Field(
                BRIDGE,
                "Default bridge",
                help="What $DEFAULT_BRIDGE of a template means here; empty: the bridge that leads outside.",
            ),
        ),
    )


def _migration_page(key: str, example: str) -> Page:
    """Return how other servers reach this one.

    :param key: of the page
    :param example: of a URI by which another libvirt comes
    """
    return Page(
        key,
        "Migration",
        (
            Field(
                MIGRATION_URI_OPTION,
                "URI for other servers",
                help=f"By which other servers' libvirt reaches this one's, such as {example}; empty: found out.",
            ),
            Field(
                MIGRATION_ADDRESS_OPTION,
                "Address for data",
                help="To which of its addresses VMs are sent; empty: that of the URI.",
            ),
        ),
    )


def _absolute(value: object, values: Values) -> str | None:
    del values
    return None if not value or str(value).startswith("/") else "This is an absolute path on the server."


def _folder(key: str, label: str, text: str) -> Field:
    return Field(key, label, FieldKind.PATH, help=text, default=PLACES[key], validator=_absolute)
