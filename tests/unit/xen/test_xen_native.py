"""Files of xl's written by a libvirt that knows `name`, `memory` and `cmdline`, and nothing else."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from convirt_core.config import ConfigDocument
from convirt_core.errors import ConfigError
from convirt_xen.native import xl_of, xml_of

FILE = """\
# the shop
name = "shop"    # never rename
extra = "quiet"
root = "/dev/xvda1"
memory = 128
cpu_weight = 512 # libvirt knows no such thing
"""


@contextmanager
def asking(_what):
    yield


def from_native(kind, text):
    """Make `name|memory|cmdline` of a file."""
    assert kind == "xen-xl"
    values = ConfigDocument.parse(text)
    return f"{values['name']}|{values['memory']}|root={values['root']} {values['extra']}"


def to_native(kind, xml):
    assert kind == "xen-xl"
    name, memory, cmdline = xml.split("|")
    return f'name = "{name}"\nmemory = {memory}\ncmdline = "{cmdline}"\ndisk = [ "format=xvhd,vdev=xvda,target=/a" ]\n'


@pytest.fixture
def connection():
    return SimpleNamespace(
        asking=asking, handle=SimpleNamespace(domainXMLFromNative=from_native, domainXMLToNative=to_native)
    )


def test_a_new_file_is_what_libvirt_writes_with_the_right_name_of_a_format(connection):
    written = ConfigDocument.parse(xl_of(connection, "shop|64|quiet"))
    assert (written["memory"], written["disk"]) == (64, ["format=vhd,vdev=xvda,target=/a"])


def test_a_file_that_says_the_same_already_stays_as_it_is(connection):
    assert xl_of(connection, xml_of(connection, FILE), FILE) == FILE


def test_what_differs_is_changed_in_place(connection):
    edited = xl_of(connection, "shop|256|root=/dev/xvda1 quiet", FILE)
    assert edited == FILE.replace("128", "256")


def test_another_command_line_is_said_once(connection):
    edited = ConfigDocument.parse(xl_of(connection, "shop|128|console=hvc0", FILE))
    assert dict(edited) == {"name": "shop", "memory": 128, "cpu_weight": 512, "cmdline": "console=hvc0"}


def test_a_broken_file_says_line_and_column(connection):
    with pytest.raises(ConfigError, match=r"shop\.cfg, line 1, column"):
        xml_of(connection, "name = (", "shop.cfg")


def test_a_password_of_the_file_is_not_written_again(connection):
    file = f"{FILE}vncpasswd = 'hush'\n"
    assert xl_of(connection, xml_of(connection, file), file) == FILE
