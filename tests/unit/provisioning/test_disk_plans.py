"""How `image.conf` says each disk is made."""

from __future__ import annotations

import pytest

from convirt_core.errors import InvalidInput, NotSupported
from convirt_core.model import Disk
from convirt_core.services.provisioning.disk_plans import DiskPlan, disk_plans

VDA = Disk("vda", "/vms/web1/vda.qcow2", format="qcow2")


def test_a_disk_with_an_image_source_begins_with_it() -> None:
    assert disk_plans([VDA], {"vda_image_src": "debian.qcow2"}) == [DiskPlan(VDA, "debian.qcow2", 0)]


def test_a_disk_to_create_begins_empty_and_has_the_size_asked_for() -> None:
    assert disk_plans([VDA], {"vda_disk_create": "yes", "vda_disk_size": 100}) == [DiskPlan(VDA, "", 100)]


def test_a_disk_that_the_settings_do_not_speak_of_is_there_already() -> None:
    assert disk_plans([VDA], {"vdb_image_src": "other.img"}) == []


def test_an_empty_drive_is_left_empty() -> None:
    assert disk_plans([Disk("hdc", device="cdrom")], {"hdc_disk_create": "yes", "hdc_disk_size": "1"}) == []


def test_a_disk_to_create_without_a_size_is_refused_with_the_key_to_set() -> None:
    with pytest.raises(InvalidInput, match="vda_disk_create needs a size") as caught:
        disk_plans([VDA], {"vda_disk_create": "yes"})
    assert "vda_disk_size" in caught.value.remedy


@pytest.mark.parametrize("size", ["-5", "1G", "½", "9.5"])
def test_a_size_that_is_no_number_of_mib_is_refused(size: str) -> None:
    with pytest.raises(InvalidInput, match="vda_disk_size"):
        disk_plans([VDA], {"vda_disk_create": "yes", "vda_disk_size": size})


def test_contents_to_unpack_are_refused_before_anything_is_made() -> None:
    with pytest.raises(NotSupported, match="disk_content"):
        disk_plans([VDA], {"vda_image_src": "root.tar", "vda_image_src_type": "disk_content"})
