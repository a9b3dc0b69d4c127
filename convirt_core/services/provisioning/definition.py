"""Making the definition of a new VM from an image's template and the values that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from convirt_core.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from convirt_core.platforms import VMConfig
    from convirt_core.services.provisioning.request import ProvisionRequest


class Make(Protocol):
    """Makes a definition of values; stores nothing."""

    def __call__(self, values: Mapping[str, object], origin: str) -> VMConfig:
        """See `make_config`."""


def definition_of(make: Make, template: Mapping[str, object], request: ProvisionRequest) -> VMConfig:
    """Make the definition.

    :param template: the image's values, with variables put in
    :raises InvalidInput: it names the template, or the values of the request without which it could be made
    """

    def made(values: Mapping[str, object], origin: str = "") -> VMConfig:
        return make({**template, **values, "name": request.name}, origin)

    try:
        return made(request.values, str(request.image.template))
    except InvalidInput:
        if blamed := _to_blame(made, request.values):
            _refuse(made, request, blamed)
        raise


def _to_blame(made: Callable[[Mapping[str, object]], object], values: Mapping[str, object]) -> Sequence[str]:
    """Return the key without whose value a definition can be made, else all keys, or none if that helps neither."""
    for keys in (*([key] for key in values), list(values)):
        try:
            made({key: value for key, value in values.items() if key not in keys})
        except InvalidInput:
            continue
        return keys
    return []


def _refuse(made: Callable[[Mapping[str, object]], object], request: ProvisionRequest, blamed: Sequence[str]) -> None:
    try:
        made(request.values)
    except InvalidInput as error:
        origins = ", ".join(request.origins.get(key, key) for key in blamed)
        raise InvalidInput(f"{origins}: {error.message}", remedy=error.remedy) from error
