"""Domain XML is data: nothing that it names is opened, and what is no definition is refused in one sentence."""

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from convirt_core.errors import ConfigError, InvalidInput
from convirt_libvirt.domain import LibvirtConfig, parse_domain

RICH = Path(__file__).parents[2] / "data" / "libvirt" / "rich.xml"
BOMB = (
    "<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY a 'lol'>"
    + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(20))
    + "]><domain><name>&u;</name></domain>"
)


def one_sentence(error: Exception) -> bool:
    return "\n" not in str(error) and len(str(error)) < 200


def test_an_xml_bomb_is_refused_at_once_in_one_sentence():
    begin = time.monotonic()
    with pytest.raises(InvalidInput, match="DOCTYPE") as caught:
        parse_domain(BOMB, "bomb.xml")
    assert time.monotonic() - begin < 1
    assert one_sentence(caught.value)
    assert "bomb.xml" in str(caught.value)


def test_a_bomb_in_another_encoding_is_refused_too():
    encoded = BOMB.partition("?>")[2].encode("utf-7").decode("ascii")
    with pytest.raises(InvalidInput):
        parse_domain("<?xml version='1.0' encoding='utf-7'?>" + encoded)


def test_no_file_is_read_through_an_entity():
    with pytest.raises(InvalidInput):
        parse_domain("<!DOCTYPE domain [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><domain><name>&x;</name></domain>")


def test_an_xinclude_stays_what_it_is():
    xml = "<domain xmlns:xi='http://www.w3.org/2001/XInclude'><xi:include href='/etc/hostname' parse='text'/></domain>"
    assert "xi:include" in LibvirtConfig(xml).text


def test_what_is_not_well_formed_is_refused_with_line_and_column():
    with pytest.raises(ConfigError) as caught:
        parse_domain("<domain>\n  <name>a</nam>\n</domain>", "web1.xml")
    assert (caught.value.source, caught.value.line) == ("web1.xml", 2)
    assert caught.value.column > 0
    assert one_sentence(caught.value)


@pytest.mark.parametrize("xml", ["", "   ", "name = 'x'", "<domain", "\x00", "<domain>\ud800</domain>"])
def test_what_is_no_xml_is_refused_in_one_sentence(xml):
    with pytest.raises(ConfigError) as caught:
        parse_domain(xml)
    assert one_sentence(caught.value)


def test_another_document_is_refused():
    with pytest.raises(InvalidInput, match="<network>"):
        parse_domain("<network/>")


def test_a_definition_that_libvirt_could_not_carry_is_refused():
    with pytest.raises(InvalidInput, match="longer than 4 MiB"):
        parse_domain("<domain>" + " " * (4 << 20) + "</domain>")


def test_a_definition_nested_beyond_reason_is_refused():
    with pytest.raises(ConfigError):
        parse_domain("<domain>" + "<a>" * 5000 + "</a>" * 5000 + "</domain>")


@given(st.data())
def test_whatever_a_person_wrote_is_read_or_refused(data):
    """Any text or attribute of a definition may be nonsense."""
    root = etree.fromstring(RICH.read_bytes())
    element = data.draw(st.sampled_from([found for found in root.iter() if isinstance(found.tag, str)]))
    nonsense = data.draw(st.sampled_from(["", "-1", "x", "9" * 30, "1.5", "\u0663", " 2 ", "a/b"]))
    if element.attrib and data.draw(st.booleans()):
        element.set(data.draw(st.sampled_from(sorted(element.attrib))), nonsense)
    else:
        element.text = nonsense
    config = LibvirtConfig(etree.tostring(root, encoding="unicode"))
    with suppress(InvalidInput):
        config["memory"], config["vcpus"], config["boot"], config["vnclisten"] = 64, 3, "dn", "::1"
        assert dict(config)
        config.validate()
        config.renewed("twin")


def test_importing_the_editor_does_not_import_lxml():
    code = "import sys, convirt_libvirt.domain; sys.exit('lxml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
