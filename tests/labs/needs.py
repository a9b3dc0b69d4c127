"""What tests need of the machine: without it they are skipped, saying why, and fail in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import NoReturn

import pytest

LIBVIRT_TOOLS = ("libvirtd", "virtlogd", "virsh")
GUEST_TOOLS = ("qemu-system-x86_64", "busybox", "cpio", "dpkg-deb")


def need_root() -> None:
    """Skip unless this is root."""
    if os.geteuid() != 0:
        cannot_run("needs root")


def need_tools(*tools: str) -> None:
    """Skip unless all tools are installed."""
    missing = [tool for tool in tools if not shutil.which(tool)]
    if missing:
        cannot_run(f"needs {', '.join(missing)}")


def need_namespaces() -> None:
    """Skip where even root may make none, as in a container without that right."""
    command = ["unshare", "--mount", "--uts", "--net", "--pid", "--fork", "true"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode:
        cannot_run(f"needs mounts and namespaces: {tried.stderr.strip()}")


def cannot_run(why: str) -> NoReturn:
    """Skip on a person's machine; fail where CI runs, which would else be green without having tested anything."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}, and CI must not skip")
    pytest.skip(why)
