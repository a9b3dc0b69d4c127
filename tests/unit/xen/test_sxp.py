"""Old files of xend's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convirt_core.errors import ConfigError, InvalidInput
from convirt_core.platforms import ConfigSource
from convirt_xen.definition import config_of
from convirt_xen.sxp import read_sxp, values_of

OLD = """\
(domain
    (domid 7)
    (name 'web 1')
    (memory 128)
    (maxmem 256)
    (vcpus 1)
    (uuid 9e9f6f41-9e3b-4b4d-8a4a-77a7e35b8b0a)
    (on_reboot restart)
    (image (linux (kernel /boot/vmlinuz) (ramdisk "/boot/init rd") (root '/dev/xvda1 ro') (args "quiet \\"x\\"")))
    (device (vif (mac 00:16:3e:00:00:01) (bridge xenbr0) (script vif-bridge)))
    (device (vbd (uname phy:/dev/vg/web) (dev xvda:disk) (mode w)))
    (device (console (protocol vt100)))
)
"""

words = st.text(st.characters(blacklist_characters="\"'()\\", blacklist_categories=("Z", "C")), min_size=1)
lists = st.recursive(st.text(max_size=8), lambda inner: st.lists(inner, max_size=4), max_leaves=20)


def write(value, quote='"') -> str:
    if isinstance(value, list):
        return f"({' '.join(write(part, quote) for part in value)})"
    return quote + value.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote


@given(st.lists(lists, max_size=5), st.sampled_from("\"'"))
def test_what_is_written_is_read(value, quote):
    assert read_sxp(write(value, quote)) == value


@given(st.lists(words))
def test_words_need_no_quotes(value):
    assert read_sxp(f"({' '.join(value)})") == value


def refusal(text) -> ConfigError | None:
    try:
        read_sxp(text, "old.sxp")
    except ConfigError as error:
        return error
    return None


@given(st.text(st.sampled_from("()\"' a\\\n")))
def test_any_text_is_read_or_refused_with_its_place(text):
    error = refusal(text)
    if error is not None:
        assert str(error).startswith(f"old.sxp, line {error.line}, column {error.column}: ")
        assert 1 <= error.line <= text.count("\n") + 1
        assert error.column >= 1


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("", 1, 1, "expected"),
        ("domain", 1, 1, "expected"),
        ("(a\n (b", 2, 4, "missing"),
        ("(a)\n)", 2, 1, "more than one"),
        ("(a) (b)", 1, 5, "more than one"),
        ("(a\n  'b)", 2, 3, "no end"),
    ],
)
def test_a_broken_file_is_refused_where_it_breaks(text, line, column, said):
    with pytest.raises(ConfigError, match=said) as caught:
        read_sxp(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_an_old_file_makes_a_definition():
    config = config_of(ConfigSource("native", text=OLD, origin="web.sxp"))
    assert (config.name, config["memory"], config["maxmem"], config["type"]) == ("web 1", 128, 256, "pv")
    assert config.key == "9e9f6f41-9e3b-4b4d-8a4a-77a7e35b8b0a"
    assert (config["kernel"], config["ramdisk"]) == ("/boot/vmlinuz", "/boot/init rd")
    assert config["extra"] == 'root=/dev/xvda1 quiet "x" ro'
    assert config["disk"] == ["phy:/dev/vg/web,xvda,w"]
    assert config["vif"] == ["mac=00:16:3e:00:00:01,bridge=xenbr0"]


@pytest.mark.parametrize(
    "text", ["(host (name a))", "()", "((domain))", "(domain (device ()) (device) (image) (name))"]
)
def test_what_is_no_domain_is_refused_in_one_sentence(text):
    with pytest.raises(InvalidInput):
        config_of(ConfigSource("native", text=text))


def test_a_device_of_another_kind_is_no_disk():
    assert "disk" not in values_of(["domain", ["device", ["vfb", ["vnc", "1"]]], ["device", [["x"]]]])
