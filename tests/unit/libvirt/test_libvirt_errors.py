import libvirt
import pytest

from convirt_core.errors import (
    AlreadyExists,
    Busy,
    Cancelled,
    InvalidInput,
    NotFound,
    NotSupported,
    OperationFailed,
    OutcomeUnknown,
    Refused,
    ServerUnavailable,
    WrongState,
)
from convirt_libvirt.errors import convert, is_lost


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("VIR_ERR_NO_DOMAIN", NotFound),
        ("VIR_ERR_NO_DOMAIN_SNAPSHOT", NotFound),
        ("VIR_ERR_OPERATION_INVALID", WrongState),
        ("VIR_ERR_NO_SUPPORT", NotSupported),
        ("VIR_ERR_CONFIG_UNSUPPORTED", NotSupported),
        ("VIR_ERR_DOM_EXIST", AlreadyExists),
        ("VIR_ERR_RESOURCE_BUSY", Busy),
        ("VIR_ERR_OPERATION_TIMEOUT", Busy),
        ("VIR_ERR_OPERATION_ABORTED", Cancelled),
        ("VIR_ERR_ACCESS_DENIED", Refused),
        ("VIR_ERR_XML_ERROR", InvalidInput),
        ("VIR_ERR_XML_DETAIL", InvalidInput),
        ("VIR_ERR_AUTH_FAILED", ServerUnavailable),
        ("VIR_ERR_INTERNAL_ERROR", OperationFailed),
        ("VIR_ERR_OPERATION_FAILED", OperationFailed),
        ("VIR_ERR_SYSTEM_ERROR", OperationFailed),
    ],
)
def test_each_code_of_libvirt_becomes_the_error_it_means(libvirt_error, code, expected):
    assert type(convert(libvirt_error(getattr(libvirt, code)), "start web", "host1", changes=True)) is expected


@pytest.mark.parametrize("code", ["VIR_ERR_INTERNAL_ERROR", "VIR_ERR_SYSTEM_ERROR", "VIR_ERR_RPC"])
def test_any_other_trouble_on_the_wire_means_that_the_server_is_unavailable(libvirt_error, code):
    error = libvirt_error(getattr(libvirt, code), libvirt.VIR_FROM_RPC)
    assert type(convert(error, "list the VMs", "host1", changes=False)) is ServerUnavailable
    assert is_lost(error)


def test_a_change_whose_answer_was_lost_has_an_unknown_outcome(libvirt_error):
    error = convert(libvirt_error(libvirt.VIR_ERR_RPC), "start web", "host1", changes=True)
    assert type(error) is OutcomeUnknown
    assert "state" in error.remedy


def test_the_message_says_what_was_asked_where_and_what_libvirt_said_on_one_line(libvirt_error):
    error = convert(
        libvirt_error(libvirt.VIR_ERR_INTERNAL_ERROR, message="qemu died:\n  no space.\n"),
        "start web",
        "host1",
        changes=True,
    )
    assert str(error) == "Cannot start web on host1: qemu died: no space."
