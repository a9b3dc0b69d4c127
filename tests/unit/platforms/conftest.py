"""The platforms of real hypervisors, without a server: what is so of each of them is claimed once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from convirt_kvm.plugin import KVMPlatform
from convirt_libvirt.hooks import LibvirtHooks
from convirt_xen.plugin import XenPlatform

PLUGINS = {"kvm": KVMPlatform, "xen": XenPlatform}


@pytest.fixture(params=PLUGINS)
def platform(request: pytest.FixtureRequest) -> str:
    """The name of each."""
    return request.param


@pytest.fixture
def plugin(platform: str) -> LibvirtHooks:
    """Its hooks."""
    return PLUGINS[platform](SimpleNamespace(name=f"platforms:{platform}"))
