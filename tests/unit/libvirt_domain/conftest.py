from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from convirt_libvirt.domain import LibvirtConfig

DATA = Path(__file__).parents[2] / "data" / "libvirt"


@pytest.fixture
def rich() -> LibvirtConfig:
    """A definition with much that ConVirt has no key for."""
    return LibvirtConfig((DATA / "rich.xml").read_text())


@pytest.fixture
def small() -> LibvirtConfig:
    """The least that is a definition."""
    return LibvirtConfig(
        "<domain type='test'><name>small</name><memory unit='MiB'>64</memory><os><type>hvm</type></os></domain>",
        is_new=True,
    )


@pytest.fixture
def rest() -> Callable[..., str]:
    """A definition in canonical form, without the elements that a test has changed."""

    def canonical(config: LibvirtConfig, *paths: str) -> str:
        root = etree.fromstring(config.text)
        for path in paths:
            for element in root.findall(path):
                element.getparent().remove(element)
        return etree.canonicalize(etree.tostring(root, encoding="unicode"), strip_text=True, with_comments=True)

    return canonical
