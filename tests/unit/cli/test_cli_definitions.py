"""VMs made from files, edited and cloned through the command line."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from labs.cli_here import CONFIG

from convirt_cli.commands.vm import edit

if TYPE_CHECKING:
    from pathlib import Path

    import libvirt


def test_a_vm_is_defined_from_a_python_config_file_or_from_native_text(with_server, tmp_path: Path) -> None:
    config, native = tmp_path / "a.conf", tmp_path / "b.xml"
    config.write_text(CONFIG)
    native.write_text("<domain type='test'><name>n</name><memory>8192</memory><os><type>hvm</type></os></domain>")
    assert with_server.json("vm", "create", str(config), "--name", "other")["vm"] == "other"
    assert with_server.json("vm", "create", str(native), "--server", "lab")["vm"] == "n"
    assert with_server("vm", "create", str(native), "--name", "x").code == 2


@pytest.mark.parametrize(
    "text",
    [
        "memory = 64\n",
        "name = __import__('os')\n",
        "name = '../up'\nmemory = 64\n",
        "name = 'x'\nmemory = -5\n",
        "<!DOCTYPE d [<!ENTITY a 'x'><!ENTITY b '&a;&a;'>]><domain><name>&b;</name></domain>",
        "<domain>",
    ],
)
def test_a_definition_that_cannot_be_is_one_sentence(with_server, tmp_path: Path, text: str) -> None:
    file = tmp_path / "definition"
    file.write_text(text)
    ran = with_server("vm", "create", str(file))
    assert ran.code == 2, ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err


def test_a_definition_is_edited_with_the_persons_editor(web1, tmp_path: Path, monkeypatch) -> None:
    editor = script(tmp_path / "editor", 'sed -i s/65536/131072/ "$1"')
    monkeypatch.setenv("EDITOR", editor)
    answered = web1.json("vm", "edit", "web1")
    assert answered["changed"] is True
    assert web1.json("vm", "info", "web1")["vm"]["memory_bytes"] == 128 << 20
    monkeypatch.setenv("EDITOR", "true")
    assert web1.json("vm", "edit", "web1")["changed"] is False


def test_an_edit_of_a_definition_that_changed_meanwhile_is_refused_and_kept(
    web1, tmp_path: Path, monkeypatch, driver: libvirt.virConnect
) -> None:
    xml = driver.lookupByName("web1").XMLDesc().replace("65536", "98304")
    monkeypatch.setenv("EDITOR", script(tmp_path / "editor", 'sed -i s/65536/131072/ "$1"'))
    edited = changed_while_the_editor_runs(driver, xml, monkeypatch)
    ran = web1("vm", "edit", "web1")
    assert edited
    assert ran.code == 4
    assert "kept in" in ran.err


def changed_while_the_editor_runs(driver, xml, monkeypatch) -> list[str]:
    seen = []
    run_editor = edit._run_editor

    def changing(path: Path) -> None:
        run_editor(path)
        driver.defineXML(xml)
        seen.append(str(path))

    monkeypatch.setattr(edit, "_run_editor", changing)
    return seen


def test_an_editor_that_fails_writes_nothing(web1, monkeypatch) -> None:
    monkeypatch.setenv("EDITOR", "false")
    assert web1("vm", "edit", "web1").code == 1
    monkeypatch.setenv("EDITOR", "/nosuch/editor")
    assert web1("vm", "edit", "web1").code == 2


def test_a_definition_is_replaced_from_a_file(web1, tmp_path: Path, driver: libvirt.virConnect) -> None:
    file = tmp_path / "new.xml"
    file.write_text(driver.lookupByName("web1").XMLDesc().replace("65536", "131072"))
    assert web1("vm", "edit", "web1", "--file", str(file), "--force").code == 0
    assert web1.json("vm", "info", "web1")["vm"]["memory_bytes"] == 128 << 20


def script(path: Path, line: str) -> str:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_a_vm_is_cloned(web1) -> None:
    cloned = web1.json("vm", "clone", "web1", "web2")
    assert cloned["vm"] == "web2"
    assert {vm["name"] for vm in web1.json("vm", "list")["vms"]} == {"test", "web1", "web2"}


def test_without_a_server_the_commands_say_what_to_do(convirt, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(CONFIG)
    ran = convirt("vm", "create", str(tmp_path / "x"))
    assert ran.code == 2
    assert "convirt server add" in ran.err
    assert "convirt server add" in convirt("vm", "list").out


def test_with_several_servers_one_must_be_said(with_server, tmp_path: Path) -> None:
    (tmp_path / "x").write_text(CONFIG)
    host = tmp_path / "host.xml"
    host.write_text(
        "<node><domain type='test'><name>t</name><memory>8192</memory><os><type>hvm</type></os></domain></node>"
    )
    assert with_server("server", "add", "two", "--platform", "test", "--option", f"uri=test://{host}").code == 0
    ran = with_server("vm", "create", str(tmp_path / "x"))
    assert ran.code == 2
    assert "lab, two" in ran.err


def test_an_exported_definition_is_whole_but_for_its_password(with_server, tmp_path: Path) -> None:
    file = tmp_path / "web1.conf"
    file.write_text(CONFIG + "vnc = 1\nvncpasswd = 'hushhush'\n")
    with_server.done("vm", "create", str(file))

    text = with_server.done("vm", "export", "web1")
    assert text.startswith("<domain")
    assert "hushhush" not in text
    exported = tmp_path / "web1.xml"
    exported.write_text(text)
    with_server.done("vm", "remove", "web1", "--yes")
    with_server.done("vm", "create", str(exported))
    assert with_server.json("vm", "export", "web1") == {"vm": "web1", "text": text.removesuffix("\n")}


def test_a_file_that_its_platform_writes_whole_is_not_edited_in_place(web1, tmp_path: Path) -> None:
    file = tmp_path / "old.xml"
    file.write_text("<domain/>")

    ran = web1("vm", "export", "web1", "--like", str(file))
    assert ran.code == 4
    assert "written whole" in ran.err
