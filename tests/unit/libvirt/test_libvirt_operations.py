from pathlib import Path

import libvirt
import pytest

from convirt_core.errors import (
    AlreadyExists,
    Conflict,
    InvalidInput,
    NotFound,
    NotSupported,
    OperationFailed,
    OutcomeUnknown,
    ServerUnavailable,
    WrongState,
)
from convirt_core.model import Capability, Disk, Nic, VMState
from convirt_libvirt.address import Address
from convirt_libvirt.domain import LibvirtConfig
from convirt_libvirt.host import info_sections
from convirt_libvirt.vmm.consoles import Consoles

NEW = "<domain type='test'><name>{}</name><memory unit='MiB'>64</memory><os><type>hvm</type></os></domain>"


@pytest.fixture
def stopped(vmm, web):
    """The key of `web`, stopped."""
    vmm.kill(web)
    return web


def test_a_vm_lives_from_start_to_stop(vnode, vmm, stopped):
    seen = []
    for step in (vmm.start, vmm.pause, vmm.resume, vmm.reboot, vmm.reset, vmm.shutdown):
        step(stopped)
        seen.append(vnode.vm(stopped).state)
    running = VMState.RUNNING
    assert seen == [running, VMState.PAUSED, running, running, running, VMState.STOPPED]


def test_what_is_done_to_an_unknown_vm_is_not_found(vmm):
    with pytest.raises(NotFound, match="host1 has no VM with the key nonsense"):
        vmm.start("nonsense")


def test_a_new_vm_is_defined_under_the_key_of_its_definition(vnode, vmm):
    config = LibvirtConfig(NEW.format("mail"), is_new=True)
    assert vmm.define(config) == config.key
    assert vnode.vm(config.key).state is VMState.STOPPED


def test_a_taken_name_is_refused(vmm):
    with pytest.raises(AlreadyExists, match="host1 has a VM web already"):
        vmm.define(LibvirtConfig(NEW.format("web"), is_new=True))


def test_a_taken_uuid_is_refused(vmm, web):
    config = LibvirtConfig(NEW.format("mail"), is_new=True)
    config["uuid"] = web
    with pytest.raises(AlreadyExists, match="it is web's"):
        vmm.define(config)


def test_a_name_that_is_a_path_is_refused(vmm):
    with pytest.raises(InvalidInput):
        vmm.define(LibvirtConfig(NEW.format("../mail"), is_new=True))


def test_an_element_that_libvirt_does_not_know_is_refused_in_a_new_definition(vmm):
    text = NEW.format("mail").replace("<os>", "<oss/><os>")
    with pytest.raises(InvalidInput, match="schema"):
        vmm.define(LibvirtConfig(text, is_new=True))


def test_a_written_definition_is_read_back(vmm, stopped):
    config = vmm.config(stopped)
    config["memory"] = 128
    vmm.write_config(config)
    assert vmm.config(stopped)["memory"] == 128


def test_a_definition_that_changed_in_between_is_not_overwritten(vmm, stopped):
    mine, other = vmm.config(stopped), vmm.config(stopped)
    other["description"] = "changed"
    vmm.write_config(other)
    mine["memory"] = 128
    with pytest.raises(Conflict, match="Somebody changed the definition of web"):
        vmm.write_config(mine)
    assert vmm.config(stopped)["description"] == "changed"
    assert vmm.config(stopped)["memory"] == 256


def test_a_vm_with_a_name_that_we_would_not_give_is_changed(vnode, vmm):
    xml = "<domain type='test'><name> lead</name><memory>8192</memory><os><type>hvm</type></os></domain>"
    key = vnode.connection.handle.defineXML(xml).UUIDString()
    config = vmm.config(key)
    config["description"] = "mine"
    vmm.write_config(config)
    assert vmm.config(key)["description"] == "mine"


def test_a_new_name_in_the_definition_renames_the_vm(vnode, vmm, stopped):
    config = vmm.config(stopped)
    config["name"] = "www"
    config["memory"] = 128
    vmm.write_config(config)
    assert (vnode.vm(stopped).name, vmm.config(stopped)["memory"]) == ("www", 128)


def test_a_rename_to_a_taken_name_changes_nothing(vnode, vmm, stopped):
    config = vmm.config(stopped)
    config["name"] = "db"
    config["memory"] = 128
    with pytest.raises(AlreadyExists, match="db"):
        vmm.write_config(config)
    assert (vnode.vm(stopped).name, vmm.config(stopped)["memory"]) == ("web", 256)


def test_a_transient_vm_has_no_definition(vnode, vmm, web):
    vnode.connection.handle.lookupByUUIDString(web).undefine()
    with pytest.raises(WrongState, match="transient"):
        vmm.config(web)


def test_a_stopped_vm_has_no_running_side(vmm, stopped):
    with pytest.raises(WrongState, match="web is not running"):
        vmm.info(stopped)


def test_the_running_side_is_a_map(vmm, web):
    info = vmm.info(web)
    assert (info["name"], info["state"], info["memory"], info["vcpus"]) == ("web", "running", 256, 2)


def test_a_running_vm_is_not_removed(vnode, vmm, web):
    with pytest.raises(WrongState, match="web is running"):
        vmm.remove(web)
    assert vnode.vm(web).persistent


def test_removal_takes_saved_memory_and_snapshots_along(vnode, vmm, web):
    vmm.create_snapshot(web, "before", "")
    vmm.managed_save(web)
    vmm.remove(web)
    assert [vm.name for vm in vnode.vms()] == ["db"]


def test_memory_above_the_limit_is_refused_with_the_limit(vmm, web):
    with pytest.raises(InvalidInput, match="can grow to 512 MiB") as error:
        vmm.set_memory_live(web, 1 << 30)
    assert "maxmem" in error.value.remedy


def test_the_memory_of_a_running_vm_is_set(vnode, vmm, web):
    vmm.set_memory_live(web, 300 << 20)
    assert vnode.vm(web).memory_bytes == 300 << 20
    assert vmm.config(web)["memory"] == 256


def test_the_vcpus_of_a_running_vm_are_set(vnode, vmm, web):
    vmm.set_vcpus_live(web, 1)
    assert vnode.vm(web).vcpus == 1


def test_vcpus_of_a_stopped_vm_are_its_definition_s_business(vmm, stopped):
    with pytest.raises(WrongState, match="web is not running"):
        vmm.set_vcpus_live(stopped, 1)


def test_a_disk_is_added_to_and_taken_from_the_definition(vmm, web):
    vmm.attach_disk(web, Disk("vdb", "/data.qcow2", format="qcow2"), live=False, stored=True)
    (disk,) = vmm.config(web).disks()
    assert (disk.target, disk.source, disk.format) == ("vdb", "/data.qcow2", "qcow2")
    vmm.detach_disk(web, "vdb", live=False, stored=True)
    assert vmm.config(web).disks() == []


def test_a_second_disk_of_one_target_is_refused(vmm, web):
    vmm.attach_disk(web, Disk("vdb", "/data"), live=False, stored=True)
    with pytest.raises(AlreadyExists, match="vdb"):
        vmm.attach_disk(web, Disk("vdb", "/other"), live=False, stored=True)


def test_a_card_is_given_an_address_and_found_by_it(vmm, web):
    nic = vmm.attach_nic(web, Nic(kind="user"), live=False, stored=True)
    assert [card.mac for card in vmm.config(web).nics()] == [nic.mac]
    vmm.detach_nic(web, nic.mac.upper(), live=False, stored=True)
    assert vmm.config(web).nics() == []


def test_a_device_that_is_not_there_cannot_be_detached(vmm, web):
    with pytest.raises(NotFound, match="vdz"):
        vmm.detach_disk(web, "vdz", live=False, stored=True)


def test_devices_of_the_running_vm_are_not_supported_by_the_test_driver(vmm, web):
    with pytest.raises(NotSupported):
        vmm.attach_disk(web, Disk("vdb", "/data"), live=True, stored=False)


def test_a_change_that_is_for_neither_side_is_refused(vmm, web):
    with pytest.raises(InvalidInput):
        vmm.attach_disk(web, Disk("vdb", "/data"), live=False, stored=False)


def test_a_saved_vm_is_restored_from_its_file(vnode, vmm, web, tmp_path):
    path = str(tmp_path / "web.save")
    vmm.save(web, path)
    assert vnode.vm(web).state is VMState.STOPPED
    assert vmm.saved_key(path) == web
    vmm.restore(path)
    assert vnode.vm(web).state is VMState.RUNNING


def test_save_never_overwrites_a_file(vmm, vnode, web, tmp_path):
    path = tmp_path / "precious"
    path.write_text("data")
    with pytest.raises(AlreadyExists, match="precious"):
        vmm.save(web, str(path))
    assert path.read_text() == "data"
    assert vnode.vm(web).state is VMState.RUNNING


def test_a_failed_save_leaves_the_vm_running_and_no_file(vmm, vnode, web, tmp_path, monkeypatch):
    path = tmp_path / "web.save"

    class Failing:
        def __init__(self, domain):
            self._domain = domain

        def save(self, name):
            Path(name).write_text("half")
            self._domain.save("/nowhere/web.save")

        def __getattr__(self, name):
            return getattr(self._domain, name)

    find = vmm.find
    monkeypatch.setattr(vmm, "find", lambda key, handle=None: Failing(find(key, handle)))
    with pytest.raises(OperationFailed, match="Cannot save web on host1"):
        vmm.save(web, str(path))
    assert not path.exists()
    assert vnode.vm(web).state is VMState.RUNNING


def test_a_relative_path_is_refused_for_a_save(vmm, web):
    with pytest.raises(InvalidInput, match="absolute"):
        vmm.save(web, "web.save")


def test_a_saved_file_that_is_not_there_is_not_found(vmm, tmp_path):
    with pytest.raises(NotFound, match="has no file"):
        vmm.saved_key(str(tmp_path / "nosuch"))


def test_a_file_that_is_no_saved_vm_is_refused(vmm, tmp_path):
    (tmp_path / "letter").write_text("Dear reader")
    with pytest.raises(OperationFailed, match="letter"):
        vmm.saved_key(str(tmp_path / "letter"))


def test_snapshots_are_listed_parents_first_and_the_current_one_is_marked(vmm, web):
    vmm.create_snapshot(web, "first", "the <beginning> & more")
    vmm.create_snapshot(web, "second", "")
    first, second = vmm.snapshots(web)
    assert (first.name, first.parent, first.description, first.state) == (
        "first",
        "",
        "the <beginning> & more",
        "running",
    )
    assert (second.name, second.parent, second.is_current) == ("second", "first", True)


def test_a_vm_goes_back_to_a_snapshot(vnode, vmm, web):
    vmm.create_snapshot(web, "up", "")
    vmm.kill(web)
    vmm.revert_to_snapshot(web, "up")
    assert vnode.vm(web).state is VMState.RUNNING


def test_children_of_a_deleted_snapshot_stay(vmm, web):
    vmm.create_snapshot(web, "first", "")
    vmm.create_snapshot(web, "second", "")
    vmm.delete_snapshot(web, "first")
    assert [(kept.name, kept.parent) for kept in vmm.snapshots(web)] == [("second", "")]


def test_a_snapshot_of_a_taken_name_is_refused(vmm, web):
    vmm.create_snapshot(web, "first", "")
    with pytest.raises(AlreadyExists, match="first"):
        vmm.create_snapshot(web, "first", "")


@pytest.mark.parametrize("name", ["", "  ", "../x", "a\nb"])
def test_a_snapshot_needs_a_name_that_can_be_one(vmm, web, name):
    with pytest.raises(InvalidInput):
        vmm.create_snapshot(web, name, "")


def test_an_unknown_snapshot_is_not_found(vmm, web):
    with pytest.raises(NotFound, match="web has no snapshot yesterday"):
        vmm.revert_to_snapshot(web, "yesterday")


def test_the_test_driver_has_no_console(vmm, web):
    with pytest.raises(NotSupported):
        vmm.open_serial_console(web)


def test_a_vm_without_a_screen_says_how_it_gets_one(vnode, web, monkeypatch):
    monkeypatch.setattr(type(vnode), "capabilities", frozenset({Capability.GRAPHICAL_CONSOLE}))
    with pytest.raises(NotSupported, match="web has no screen") as error:
        Consoles(vnode).graphical_console(web)
    assert "vnc" in error.value.remedy


def test_a_reboot_of_the_test_driver_is_done_when_the_vm_runs(vnode, vmm, web):
    vm = vnode.vm(web)
    assert vmm.is_done(Capability.REBOOT, vm, vm) is None


def test_the_server_tells_what_it_is(vnode):
    sections = {section.title: section.as_dict() for section in vnode.platform_info()}
    assert sections["Hypervisor"]["hypervisor"] == "TEST"
    assert sections["Hypervisor"]["libvirt_way"] == "directly"
    assert sections["Processors for VMs"]["cpus"] == 16
    assert sections["Memory for VMs"]["memory_total_bytes"] > 0


def test_a_server_behind_a_passing_socket_is_shown_by_its_own_uri_and_the_way_there(vnode):
    address = Address("qemu+unix:///system?socket=/tmp/x", shown_uri="qemu:///system", way="over ssh, to its socket /s")
    hypervisor = info_sections(vnode.connection.handle, address)[0].as_dict()
    assert (hypervisor["uri"], hypervisor["libvirt_way"]) == ("qemu:///system", "over ssh, to its socket /s")


class Saved:
    """A libvirt domain whose memory another save writes first, or whose own save breaks off."""

    def __init__(self, error):
        self._error = error

    def name(self):
        return "web"

    def save(self, path):
        Path(path).write_text("memory")
        raise self._error


def test_a_save_that_is_refused_leaves_the_file_of_another_save(vmm, web, tmp_path, monkeypatch, libvirt_error):
    monkeypatch.setattr(vmm, "find", lambda key, handle=None: Saved(libvirt_error(libvirt.VIR_ERR_OPERATION_INVALID)))
    with pytest.raises(WrongState):
        vmm.save(web, str(tmp_path / "web.save"))
    assert (tmp_path / "web.save").read_text() == "memory"


def test_a_save_that_never_began_leaves_the_file_of_another_save(vmm, web, tmp_path, monkeypatch):
    def find(key, handle=None):
        (tmp_path / "web.save").write_text("memory")
        raise OperationFailed("It cannot be looked up.")

    monkeypatch.setattr(vmm, "find", find)
    with pytest.raises(OperationFailed):
        vmm.save(web, str(tmp_path / "web.save"))
    assert (tmp_path / "web.save").read_text() == "memory"


def test_a_save_that_breaks_off_leaves_no_half_file(vmm, web, tmp_path, monkeypatch, libvirt_error):
    monkeypatch.setattr(vmm, "find", lambda key, handle=None: Saved(libvirt_error(libvirt.VIR_ERR_OPERATION_FAILED)))
    with pytest.raises(OperationFailed):
        vmm.save(web, str(tmp_path / "web.save"))
    assert not (tmp_path / "web.save").exists()


def test_an_unknown_outcome_of_a_renaming_is_told_although_the_vm_is_not_found_again(vmm, stopped, monkeypatch):
    config = vmm.config(stopped)
    config["name"] = "mail"

    def write(config):
        def find(key, handle=None):
            raise ServerUnavailable("host1 does not answer.")

        monkeypatch.setattr(vmm, "find", find)
        raise OutcomeUnknown("The connection to host1 broke.")

    monkeypatch.setattr(vmm, "_write", write)
    with pytest.raises(OutcomeUnknown):
        vmm.write_config(config)
