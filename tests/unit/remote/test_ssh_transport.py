"""What our transport builds on is there: a release of paramiko that renames it must not be met on a server first."""

from __future__ import annotations

import socket

import paramiko
import pytest

from convirt_core.remote.ssh import transport

INTERNALS = (
    "_channels",
    "_channel_handler_table",
    "_send_user_message",
    "_send_message",
    "_parse_newkeys",
    "_parse_channel_open_success",
)


@pytest.mark.parametrize("name", INTERNALS)
def test_paramiko_has_what_the_transport_stands_on(name: str) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        plain = paramiko.Transport(ours)
        plain.close()
        assert hasattr(plain, name)
    assert transport.__doc__ is not None
    assert f"`{name}`" in transport.__doc__
