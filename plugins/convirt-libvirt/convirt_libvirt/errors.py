"""libvirt's errors as ours: by code, with libvirt's own sentence.

Codes and domains: libvirt, `include/libvirt/virterror.h`.
"""

from __future__ import annotations

import libvirt

from convirt_core.errors import (
    AlreadyExists,
    Busy,
    Cancelled,
    ConvirtError,
    DeadlineExceeded,
    InvalidInput,
    NotFound,
    NotSupported,
    OperationFailed,
    OutcomeUnknown,
    Refused,
    ServerUnavailable,
    WrongState,
)

_CLASSES: dict[int, type[ConvirtError]] = {
    libvirt.VIR_ERR_NO_DOMAIN: NotFound,
    libvirt.VIR_ERR_NO_DOMAIN_SNAPSHOT: NotFound,
    libvirt.VIR_ERR_NO_NETWORK: NotFound,
    libvirt.VIR_ERR_NO_STORAGE_VOL: NotFound,
    libvirt.VIR_ERR_DEVICE_MISSING: NotFound,
    libvirt.VIR_ERR_OPERATION_INVALID: WrongState,
    libvirt.VIR_ERR_NO_SUPPORT: NotSupported,
    libvirt.VIR_ERR_CONFIG_UNSUPPORTED: NotSupported,
    libvirt.VIR_ERR_OPERATION_UNSUPPORTED: NotSupported,
    libvirt.VIR_ERR_ARGUMENT_UNSUPPORTED: NotSupported,
    libvirt.VIR_ERR_DOM_EXIST: AlreadyExists,
    libvirt.VIR_ERR_RESOURCE_BUSY: Busy,
    libvirt.VIR_ERR_OPERATION_TIMEOUT: Busy,  # "cannot acquire state change lock": somebody works on it
    libvirt.VIR_ERR_OPERATION_ABORTED: Cancelled,
    libvirt.VIR_ERR_OPERATION_DENIED: Refused,
    libvirt.VIR_ERR_ACCESS_DENIED: Refused,
    libvirt.VIR_ERR_INVALID_ARG: InvalidInput,
    libvirt.VIR_ERR_XML_ERROR: InvalidInput,
    libvirt.VIR_ERR_XML_DETAIL: InvalidInput,
    libvirt.VIR_ERR_XML_INVALID_SCHEMA: InvalidInput,
    libvirt.VIR_ERR_NO_NAME: InvalidInput,
    libvirt.VIR_ERR_NO_OS: InvalidInput,
    libvirt.VIR_ERR_OS_TYPE: InvalidInput,
    libvirt.VIR_ERR_NO_CONNECT: ServerUnavailable,
    libvirt.VIR_ERR_INVALID_CONN: ServerUnavailable,
    libvirt.VIR_ERR_RPC: ServerUnavailable,
    libvirt.VIR_ERR_AUTH_FAILED: ServerUnavailable,
    libvirt.VIR_ERR_AUTH_CANCELLED: ServerUnavailable,
    libvirt.VIR_ERR_AUTH_UNAVAILABLE: ServerUnavailable,
}
# What these parts of libvirt say under any other code is about the wire. Errors of the far side bear the
# domain of its driver, even when they arrive over the wire.
_WIRE = frozenset({libvirt.VIR_FROM_RPC, libvirt.VIR_FROM_REMOTE})
_NOT_SENT = frozenset(
    {
        *(libvirt.VIR_ERR_NO_CONNECT, libvirt.VIR_ERR_INVALID_CONN),
        *(libvirt.VIR_ERR_AUTH_FAILED, libvirt.VIR_ERR_AUTH_CANCELLED, libvirt.VIR_ERR_AUTH_UNAVAILABLE),
    }
)


def convert(error: libvirt.libvirtError, what: str, place: str, *, changes: bool) -> ConvirtError:
    """Return the error to raise for one of libvirt's.

    :param what: what was asked, as an infinitive: `start web1`
    :param place: the server's name
    :param changes: whether it was to change something; a lost answer then means "unknown"
    """
    kind = _class_of(error)
    if changes and kind is ServerUnavailable and error.get_error_code() not in _NOT_SENT:
        return OutcomeUnknown(
            f"The connection to {place} broke while it was asked to {what}: {sentence(error)}.",
            remedy="Look at the VM's state before you repeat it.",
        )
    return kind(f"Cannot {what} on {place}: {sentence(error)}.")


def not_answered(place: str, seconds: float) -> DeadlineExceeded:
    """Return the error to raise when a connection was not opened in time.

    :param place: the server's name
    """
    return DeadlineExceeded(
        f"libvirt on {place} took the connection and did not answer within {seconds:g} s.",
        remedy="It hangs: look at it there, and start it anew.",
    )


def is_lost(error: libvirt.libvirtError) -> bool:
    """Whether the error means that the connection does not work (any more)."""
    return _class_of(error) is ServerUnavailable


def is_gone(error: libvirt.libvirtError) -> bool:
    """Whether the domain that was asked about does not exist (any more)."""
    return bool(error.get_error_code() == libvirt.VIR_ERR_NO_DOMAIN)


def is_unsupported(error: libvirt.libvirtError) -> bool:
    """Whether the driver has no such call."""
    return bool(error.get_error_code() == libvirt.VIR_ERR_NO_SUPPORT)


def sentence(error: libvirt.libvirtError) -> str:
    """Return libvirt's own words on one line, without the full stop."""
    return " ".join(str(error.get_error_message() or error).split()).rstrip(".")


def _class_of(error: libvirt.libvirtError) -> type[ConvirtError]:
    kind = _CLASSES.get(error.get_error_code())
    if kind is None:
        kind = ServerUnavailable if error.get_error_domain() in _WIRE else OperationFailed
    return kind
