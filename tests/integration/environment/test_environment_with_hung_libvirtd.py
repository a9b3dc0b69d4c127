"""A libvirtd that hangs: what the server is, is shown all the same, and soon."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest
from labs.command_line import Convirt
from labs.private_libvirt import private_libvirt

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.root]

UNAVAILABLE = 5


def test_a_hung_libvirtd_is_named_and_its_server_is_shown(mounts: None, tmp_path: Path) -> None:
    with private_libvirt() as libvirt:
        convirt = Convirt(tmp_path)
        options = ("--option", f"uri={libvirt.uri}", "--option", "accelerator=tcg")
        convirt.done("server", "add", "here", "--platform", "kvm", *options)
        libvirt.stop()
        begin = time.monotonic()
        ran = convirt("server", "info", "here", "--json")
        seconds = time.monotonic() - begin
        libvirt.go_on()
    answer = json.loads(ran.stdout)
    assert ran.returncode == UNAVAILABLE
    assert [error["about"] for error in answer["errors"]] == ["hypervisor"]
    assert answer["environment"]["system"]["kernel"] == os.uname().release
    assert seconds < 20
