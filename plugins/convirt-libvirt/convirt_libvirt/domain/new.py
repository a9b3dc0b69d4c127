"""New definitions from the values of a template, as far as every platform makes them so."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from convirt_core.errors import InvalidInput
from convirt_libvirt.domain.values import choice, flag

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from convirt_core.platforms import ConfigSource
    from convirt_libvirt.domain.config import LibvirtConfig

C = TypeVar("C", bound="LibvirtConfig")

NOT_IN_A_DEFINITION = frozenset(
    {"auto_start_vm", "image_name", "os_flavor", "os_name", "os_version", "provision_timeout"}
)
"""Keys of the original's templates that our own record of the VM has the place for."""


def from_values(source: ConfigSource, define: Callable[[Mapping[str, object]], C]) -> C:
    """Make a definition of a template's values; an empty value is as good as none.

    :raises InvalidInput: one sentence that names the file and the key
    """
    try:
        return define({key: value for key, value in source.values.items() if value not in (None, "", [], ())})
    except InvalidInput as error:
        if not source.origin:
            raise
        raise InvalidInput(f"{source.origin}: {error.message}", remedy=error.remedy) from error


def set_keys(config: LibvirtConfig, values: Mapping[str, object]) -> None:
    """Set the keys that there are values for, in the order of the definition: some stand on others."""
    for key in config.known_keys:
        if key in values:
            config[key] = values[key]


def check_keys(values: Mapping[str, object], known: Collection[str], platform: str, title: str) -> None:
    """Refuse what a definition of this platform has no place for, and one without a name.

    :param known: keys beside those of the original's templates
    :param title: of the platform, such as `KVM`
    """
    for key in values:
        if key not in known and key not in NOT_IN_A_DEFINITION:
            raise InvalidInput(
                f"{key!r} is no key of a {title} definition.", remedy="See 'Keys of a definition' in the documentation."
            )
    if "name" not in values:
        raise InvalidInput("The template has no name.", remedy="Write name = '$VM_NAME', or name = '…'.")
    choice("platform", values.get("platform", platform), [platform])
    if flag("sdl", values.get("sdl", 0)):
        raise InvalidInput("sdl cannot be 1: a server has no desktop to show a window on.", remedy="Set vnc = 1.")
