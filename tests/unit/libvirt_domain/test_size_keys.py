"""Memory and processors: the views, and what moves when one of them is set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convirt_core.errors import InvalidInput
from convirt_libvirt.domain import LibvirtConfig


def domain(inner: str) -> LibvirtConfig:
    return LibvirtConfig(f"<domain type='test'><name>a</name>{inner}</domain>")


def sized(memory: int, maxmem: int) -> LibvirtConfig:
    return domain(f"<memory unit='MiB'>{maxmem}</memory><currentMemory unit='MiB'>{memory}</currentMemory>")


@pytest.mark.parametrize(
    ("text", "mebibytes"),
    [
        ("<memory>1048576</memory>", 1024),
        ("<memory unit='b'>1073741824</memory>", 1024),
        ("<memory unit='bytes'>1048576</memory>", 1),
        ("<memory unit='KB'>1048576</memory>", 1000),
        ("<memory unit='KiB'>2048</memory>", 2),
        ("<memory unit='k'>2048</memory>", 2),
        ("<memory unit='MB'>1048576</memory>", 1000000),
        ("<memory unit='M'>7</memory>", 7),
        ("<memory unit='GiB'>2</memory>", 2048),
        ("<memory unit='G'>2</memory>", 2048),
        ("<memory unit='TiB'>1</memory>", 1 << 20),
        ("<memory unit='KiB'>1023</memory>", 0),
    ],
)
def test_memory_is_read_in_any_unit_of_libvirt(text, mebibytes):
    assert domain(text)["memory"] == mebibytes
    assert domain(text)["maxmem"] == mebibytes


def test_a_unit_that_libvirt_does_not_know_is_refused():
    with pytest.raises(InvalidInput, match="parsecs"):
        domain("<memory unit='parsecs'>3</memory>")["memory"]


def test_a_definition_without_memory_has_no_such_key():
    config = domain("")
    assert "memory" not in config
    config["memory"] = 64
    assert (config["memory"], config["maxmem"]) == (64, 64)


def test_a_vm_without_room_for_its_balloon_keeps_none():
    config = sized(256, 256)
    config["memory"] = 128
    assert (config["memory"], config["maxmem"]) == (128, 128)


def test_a_vm_with_room_keeps_what_it_may_grow_to():
    config = sized(256, 1024)
    config["memory"] = 512
    assert (config["memory"], config["maxmem"]) == (512, 1024)


def test_memory_beyond_the_room_makes_more_room():
    config = sized(256, 512)
    config["memory"] = 1024
    assert (config["memory"], config["maxmem"]) == (1024, 1024)


def test_less_room_than_the_memory_lowers_the_memory():
    config = sized(512, 1024)
    config["maxmem"] = 256
    assert (config["memory"], config["maxmem"]) == (256, 256)


def test_more_room_leaves_the_memory():
    config = domain("<memory unit='MiB'>256</memory>")
    config["maxmem"] = 1024
    assert (config["memory"], config["maxmem"]) == (256, 1024)


def test_without_room_the_memory_stays():
    config = sized(256, 1024)
    del config["maxmem"]
    assert (config["memory"], config["maxmem"]) == (256, 256)


sizes = st.integers(1, 5000)


@given(st.tuples(sizes, sizes).map(sorted), st.tuples(sizes, sizes).map(sorted))
def test_memory_and_maxmem_can_be_set_in_any_order(old, new):
    first, second = sized(*old), sized(*old)
    first["memory"], first["maxmem"] = new
    second["maxmem"] = new[1]
    second["memory"] = new[0]
    assert [first["memory"], first["maxmem"]] == new
    assert second["memory"] == new[0]


def test_memory_in_numa_cells_is_not_contradicted():
    config = domain("<memory unit='MiB'>256</memory><cpu><numa><cell id='0' cpus='0' memory='262144'/></numa></cpu>")
    with pytest.raises(InvalidInput, match="NUMA"):
        config["memory"] = 512
    config["memory"] = 256


def test_an_odd_size_is_kept_when_its_view_is_written_back():
    config = domain("<memory unit='KiB'>262145</memory>")
    config["memory"] = config["memory"]
    assert ">262145<" in config.text


BAD_NUMBERS = [-5, 0, "-5", "many", "1.5", 1.5, True, None, [], "", "9" * 30, 10**18]


@pytest.mark.parametrize("key", ["memory", "maxmem", "vcpus", "maxvcpus"])
@pytest.mark.parametrize("value", BAD_NUMBERS)
def test_what_is_no_size_is_refused_in_one_sentence_that_names_the_key(key, value, small):
    with pytest.raises(InvalidInput, match=f"^{key} is ") as caught:
        small[key] = value
    assert "\n" not in str(caught.value)


def test_digits_in_a_text_are_a_number(small):
    small["memory"] = " 128 "
    assert small["memory"] == 128


def test_processors_without_an_element_are_one(small):
    assert (small["vcpus"], small["maxvcpus"]) == (1, 1)


def test_processors_move_together_until_there_is_room(small):
    small["vcpus"] = 2
    assert (small["vcpus"], small["maxvcpus"]) == (2, 2)
    small["maxvcpus"] = 4
    assert (small["vcpus"], small["maxvcpus"]) == (2, 4)
    small["vcpus"] = 3
    assert (small["vcpus"], small["maxvcpus"]) == (3, 4)
    small["vcpus"] = 8
    assert (small["vcpus"], small["maxvcpus"]) == (8, 8)
    small["maxvcpus"] = 2
    assert (small["vcpus"], small["maxvcpus"]) == (2, 2)


def test_attributes_of_the_processors_survive():
    config = domain("<vcpu placement='static' cpuset='0-3' current='1'>2</vcpu>")
    config["vcpus"] = 2
    assert 'placement="static" cpuset="0-3"' in config.text
    assert "current" not in config.text


def test_a_list_of_single_processors_does_not_contradict_the_count():
    config = domain("<vcpu current='1'>2</vcpu><vcpus><vcpu id='0' enabled='yes'/><vcpu id='1' enabled='no'/></vcpus>")
    config["vcpus"] = 2
    assert "<vcpus>" not in config.text


def test_a_count_that_the_topology_forbids_is_refused():
    config = domain("<vcpu>2</vcpu><cpu><topology sockets='1' cores='2' threads='1'/></cpu>")
    with pytest.raises(InvalidInput, match="topology"):
        config["vcpus"] = 3
    assert config["vcpus"] == 2


def test_a_cpu_model_replaces_mode_and_features_and_leaves_the_topology():
    config = domain(
        "<vcpu>2</vcpu><cpu mode='custom' match='exact'><model>Haswell</model><feature policy='require' name='vmx'/>"
        "<topology sockets='1' cores='2' threads='1'/></cpu>"
    )
    assert config["cpu"] == "Haswell"
    config["cpu"] = "host-passthrough"
    assert config["cpu"] == "host-passthrough"
    assert "<topology" in config.text
    assert "Haswell" not in config.text
    assert "vmx" not in config.text
