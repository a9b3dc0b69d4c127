"""What is removed through the command line, and what it asks before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labs.cli_here import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

    import libvirt


def test_a_vm_is_removed_after_a_yes(web1) -> None:
    assert web1("vm", "remove", "web1").code == 2
    assert web1("vm", "remove", "web1", "--yes").code == 0
    assert {vm["name"] for vm in web1.json("vm", "list")["vms"]} == {"test"}


def test_of_a_vm_that_was_removed_outside_the_record_goes(web1, driver: libvirt.virConnect, tmp_path: Path) -> None:
    """Although the name of another begins so."""
    file = tmp_path / "web10.conf"
    file.write_text(CONFIG.replace("web1", "web10"))
    web1.done("vm", "create", str(file))
    driver.lookupByName("web1").undefine()
    assert "Remove the record of lab/web1 (" in web1("vm", "remove", "web1").err
    assert "its record was removed" in web1.done("vm", "remove", "lab/web1", "--yes")
    assert web1("vm", "remove", "web1", "--yes").code == 3
    assert {vm["name"] for vm in web1.json("vm", "list")["vms"]} == {"test", "web10"}


def test_without_a_question_only_a_whole_name_loses_anything(web1) -> None:
    web1("vm", "snapshot", "create", "web1", "s1")
    for words in (["remove", "web"], ["snapshot", "revert", "web", "s1"], ["snapshot", "delete", "web", "s1"]):
        ran = web1("vm", *words, "--yes")
        assert ran.code == 3
        assert "the beginning of lab/web1" in ran.err
    assert web1("vm", "remove", "lab/web1", "--yes").code == 0


def test_the_question_before_a_removal_names_the_vm_in_full(web1) -> None:
    assert "Remove lab/web1 (with" in web1("vm", "remove", "web").err


def test_a_server_is_removed_after_a_question_that_names_the_vms_it_manages(web1) -> None:
    assert "Remove lab and what is recorded of its VM web1 from" in web1("server", "remove", "lab").err
    web1.done("vm", "import", "test")
    told = web1.done("server", "remove", "lab", "--yes", "--force")
    assert told == "Removed the server lab; its VMs test, web1 stayed on it, unmanaged.\n"
