"""Disks and network cards as one text each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convirt_core.errors import InvalidInput
from convirt_core.model import Disk, Nic, format_disk, format_nic, parse_disk, parse_nic


@pytest.mark.parametrize(
    ("entry", "disk"),
    [
        ("file:/vms/a.img,vda,w", Disk("vda", "/vms/a.img", format="raw")),
        ("phy:/dev/vg/a,vda,w!", Disk("vda", "/dev/vg/a", format="raw", shareable=True)),
        ("phy:sdb1,vda,r", Disk("vda", "/dev/sdb1", format="raw", read_only=True)),
        ("lvm:vg/a,vda,w", Disk("vda", "/dev/vg/a", format="raw")),
        ("tap:aio:/a,hda,w", Disk("hda", "/a", format="raw")),
        ("tap:qcow2:/a.qcow2,sda,w", Disk("sda", "/a.qcow2", format="qcow2")),
        ("file:/a.iso,hdc:cdrom,r", Disk("hdc", "/a.iso", "cdrom", "raw", read_only=True)),
        ("file:,hdc:cdrom,r", Disk("hdc", "", "cdrom", "raw", read_only=True)),
        (",hdc:cdrom,r", Disk("hdc", "", "cdrom", "raw", read_only=True)),
        ("file:/a,b, c.img , vda , w", Disk("vda", "/a,b, c.img", format="raw")),
    ],
)
def test_a_disk_entry_is_read(entry, disk):
    assert parse_disk(entry) == disk


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "/a",
        "vda",
        "file:/a,vda",
        "file:/a,vda,x",
        "file:/a,vda:tape,w",
        "file:/a,,w",
        "file:/a,../etc,w",
        "file:a,vda,w",
        "file:,vda,w",
        "nbd:/a,vda,w",
        "tap:exotic:/a,vda,w",
        "format=raw,vdev=vda,target=/a",
    ],
)
def test_what_is_no_disk_is_refused_in_one_sentence_with_a_remedy(entry):
    with pytest.raises(InvalidInput, match=r"^disk: ") as caught:
        parse_disk(entry)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


paths = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=20).map(lambda text: f"/{text}")
disks = st.builds(
    Disk,
    target=st.sampled_from(["vda", "hdb", "sdzz"]),
    source=paths,
    format=st.sampled_from(["raw", "qcow2", "vmdk"]),
).flatmap(
    lambda disk: st.sampled_from(
        [
            disk,
            Disk(disk.target, disk.source, "disk", disk.format, shareable=True),
            Disk(disk.target, disk.source, "cdrom", disk.format, read_only=True),
            Disk(disk.target, "", "cdrom", "raw", read_only=True),
        ]
    )
)


@given(disks)
def test_a_disk_that_is_written_reads_the_same(disk):
    assert parse_disk(format_disk(disk)) == disk


@pytest.mark.parametrize(
    ("entry", "nic"),
    [
        ("", Nic(source="default")),
        ("mac=52:54:00:AB:00:01", Nic("52:54:00:ab:00:01", "network", "default")),
        ("bridge=br0, model=e1000", Nic("", "bridge", "br0", "e1000")),
        ("mac=00:16:3e:00:00:01,network=lan,vifname=web0", Nic("00:16:3e:00:00:01", "network", "lan", "", "web0")),
        ("user", Nic(kind="user")),
        ("mac=,bridge=,model=", Nic(source="default")),
    ],
)
def test_a_nic_entry_is_read(entry, nic):
    assert parse_nic(entry) == nic


@pytest.mark.parametrize(
    "entry",
    [
        "bridge=br0,network=lan",
        "user,bridge=br0",
        "colour=red",
        "mac=1",
        "mac=01:00:5e:00:00:01",
        "mac=52:54:00:00:00:01,mac=52:54:00:00:00:02",
    ],
)
def test_what_is_no_nic_is_refused_in_one_sentence_with_a_remedy(entry):
    with pytest.raises(InvalidInput, match=r"^vif: ") as caught:
        parse_nic(entry)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy


words = st.text("abcdefgh0123456789-", min_size=1, max_size=10)


@given(
    st.builds(
        Nic,
        mac=st.sampled_from(["", "52:54:00:00:00:01"]),
        kind=st.sampled_from(["network", "bridge"]),
        source=words,
        model=st.sampled_from(["", "virtio"]),
        target=st.sampled_from(["", "vnet1"]),
    )
)
def test_a_nic_that_is_written_reads_the_same(nic):
    assert parse_nic(format_nic(nic)) == nic
