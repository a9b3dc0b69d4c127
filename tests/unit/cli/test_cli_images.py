"""Images and provisioning, on libvirt's test driver."""

from __future__ import annotations

from pathlib import Path

import pytest

TEMPLATE = "name = '$VM_NAME'\nmemory = 64\nvcpus = 1\ndescription = '$NOTE'\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An image's directory."""
    made = tmp_path / "image"
    made.mkdir()
    (made / "vm_conf.template").write_text(TEMPLATE)
    (made / "image.conf").write_text("NOTE = 'of the image'\n")
    return made


@pytest.fixture
def image(with_server, folder: Path):
    """The same, with the image `tiny` in the group `linux`."""
    with_server("group", "add", "linux")
    assert (
        with_server("image", "add", "tiny", "test", "linux", "--from", str(folder), "--description", "Small").code == 0
    )
    return with_server


def test_an_image_is_listed_with_its_group(image) -> None:
    image("group", "add", "other")
    assert [one["name"] for one in image.json("image", "list", "--group", "linux")["images"]] == ["tiny"]
    assert image.json("image", "list", "--group", "other") == {"images": []}
    assert image("image", "list").out.splitlines()[1].split()[:3] == ["tiny", "linux", "test"]
    assert image.json("group", "list")["groups"][0]["images"] == ["tiny"]


def test_an_image_is_shown(image) -> None:
    assert image.json("image", "info", "tiny")["image"]["description"] == "Small"
    assert "Small" in image("image", "info", "tiny").out


def test_the_files_of_an_image_are_shown_with_their_sizes(image) -> None:
    shown = image.json("image", "info", "tiny")["image"]
    sizes = {Path(one["path"]).relative_to(shown["folder"]).name: one["size_bytes"] for one in shown["files"]}
    assert list(sizes) == ["SHA256SUMS", "description.txt", "image.conf", "vm_conf.template"]
    assert sizes["vm_conf.template"] == len(TEMPLATE)
    rows = [line.split() for line in image("image", "info", "tiny").out.splitlines()]
    assert ["FILE", "SIZE"] in rows
    assert ["vm_conf.template", str(len(TEMPLATE)), "B"] in rows


def test_an_image_is_made_from_parts(convirt, folder: Path, tmp_path: Path) -> None:
    convirt("group", "add", "linux")
    for name in ("kernel", "ramdisk", "disk"):
        (tmp_path / name).write_bytes(b"content")
    parts = [f"--{name}={tmp_path / name}" for name in ("kernel", "ramdisk", "disk")]
    template = f"--template={folder / 'vm_conf.template'}"
    sizes = ["--memory", "1G", "--vcpus", "2", "--extra", "console=ttyS0"]
    added = convirt.json("image", "add", "parts", "test", "linux", *parts, template, *sizes)["image"]
    assert "memory = 1024" in Path(added["folder"], "vm_conf.template").read_text()


def test_an_image_that_changed_is_found_out(image) -> None:
    assert image.json("image", "verify", "tiny")["findings"][0]["severity"] == "info"
    place = Path(image.json("image", "info", "tiny")["image"]["folder"])
    (place / "image.conf").write_text("NOTE = 'changed'\n")
    ran = image("image", "verify", "tiny")
    assert ran.code == 4
    assert "image.conf" in ran.out


def test_several_images_are_shown_and_verified(image, folder: Path) -> None:
    image.done("image", "add", "second", "test", "linux", "--from", str(folder))
    both = image.json("image", "info", "tiny", "second")["results"]
    assert [(one["target"], one["image"]["description"]) for one in both] == [("tiny", "Small"), ("second", "")]
    place = Path(image.json("image", "info", "tiny")["image"]["folder"])
    (place / "image.conf").write_text("NOTE = 'changed'\n")
    ran = image("image", "verify", "tiny", "second", "--json")
    assert ran.code == 9
    verified = ran.json["results"]
    assert [(one["image"], one["ok"]) for one in verified] == [("tiny", False), ("second", True)]
    assert verified[0]["findings"][0]["severity"] == "error"
    assert "\nsecond\n======\n" in image("image", "verify", "tiny", "second").out


def test_an_image_is_renamed_moved_and_removed(image) -> None:
    image("group", "add", "other")
    assert image.json("image", "rename", "tiny", "small")["image"]["name"] == "small"
    assert image.json("image", "move", "small", "--group", "other")["results"][0]["ok"] is True
    assert image("group", "remove", "other", "--yes").code == 4
    assert image.json("image", "remove", "small", "--yes")["results"][0]["ok"] is True
    assert image("image", "list").out == "No images. Add one: convirt image add --help\n"


@pytest.mark.parametrize("command", [("image", "info", "nosuch"), ("provision", "nosuch", "web1")])
def test_an_unknown_image_is_one_sentence(with_server, command: tuple[str, ...]) -> None:
    ran = with_server(*command)
    assert ran.code == 3
    assert "nosuch" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("option", ["--from", "--kernel", "--ramdisk", "--disk", "--template"])
def test_an_image_of_what_is_not_there_is_wrong_usage(convirt, option: str) -> None:
    ran = convirt("image", "add", "empty", "test", "linux", option, "no/such")
    assert (ran.code, ran.out) == (2, "")
    assert "'no/such' does not exist." in ran.err


def test_an_image_of_nothing_is_refused(convirt) -> None:
    convirt("group", "add", "linux")
    assert convirt("image", "add", "empty", "test", "linux").code == 2


def test_a_template_that_is_executable_code_is_refused_with_its_place(convirt, folder: Path) -> None:
    convirt("group", "add", "linux")
    (folder / "vm_conf.template").write_text("name = 'x'\nmemory = __import__('os')\n")
    ran = convirt("image", "add", "bad", "test", "linux", "--from", str(folder))
    assert ran.code == 2
    assert "line 2, column 10" in ran.err
    assert convirt.json("image", "list") == {"images": []}


def test_a_vm_is_provisioned_from_an_image(image) -> None:
    made = image.json(
        "provision", "tiny", "web1", "--server", "lab", "--memory", "128M", "--vcpus", "2", "--setting", "NOTE=of mine"
    )
    assert (made["vm"], made["image"], made["started"]) == ("web1", "tiny", True)
    info = image.json("vm", "info", "web1")
    assert (info["vm"]["state"], info["vm"]["managed"]) == ("running", True)
    assert (info["config"]["memory"], info["config"]["vcpus"], info["config"]["description"]) == (128, 2, "of mine")
    assert image("image", "remove", "tiny", "--yes").code == 4


def test_a_vm_is_provisioned_without_starting_it(image) -> None:
    ran = image("provision", "tiny", "web1", "--no-start", "--copy", "--set", "description=set")
    assert ran.out == "web1 is ready on lab.\n"
    info = image.json("vm", "info", "web1")
    assert (info["vm"]["state"], info["config"]["description"]) == ("stopped", "set")


@pytest.mark.parametrize(
    ("words", "blamed"),
    [
        (["--set", "nosuchkey=1"], "Error: --set nosuchkey: "),
        (["--set", "description=x", "--set", "vcpus=none"], "Error: --set vcpus: "),
        (["--set", "nosuchkey=1", "--set", "other=1"], "Error: --set nosuchkey, --set other: "),
    ],
)
def test_a_value_that_cannot_be_is_blamed_on_its_flag(image, words: list[str], blamed: str) -> None:
    ran = image("provision", "tiny", "web1", *words)
    assert ran.code == 2
    assert any(line.startswith(blamed) for line in ran.err.splitlines())
    assert "vm_conf.template" not in ran.err


def test_a_template_that_cannot_be_is_blamed_whatever_is_set(image, folder: Path) -> None:
    (folder / "vm_conf.template").write_text("name = '$VM_NAME'\nnosuchkey = 1\n")
    image.done("image", "add", "bad", "test", "linux", "--from", str(folder))
    ran = image("provision", "bad", "web1", "--set", "description=x")
    assert ran.code == 2
    assert "--set" not in ran.err


@pytest.mark.parametrize("name", ["../up", "a/b", ".."])
def test_a_name_that_cannot_be_a_vms_is_refused(image, name: str) -> None:
    ran = image("provision", "tiny", name)
    assert ran.code == 2
    assert "cannot be the name of a VM" in ran.err


def test_a_template_without_a_name_still_gives_the_vm_its_name(image, folder: Path) -> None:
    (folder / "vm_conf.template").write_text("memory = 64\nvcpus = 1\n")
    image("image", "add", "nameless", "test", "linux", "--from", str(folder))
    assert image("provision", "nameless", "web2").code == 0


def test_the_task_of_a_provisioning_is_listed_and_shown(image) -> None:
    image("provision", "tiny", "web1")
    tasks = image.json("task", "list")["tasks"]
    assert (tasks[0]["kind"], tasks[0]["state"]) == ("provision", "done")
    assert image.json("task", "show", tasks[0]["id"])["task"]["title"] == tasks[0]["title"]
    assert image("task", "list").out.splitlines()[1].endswith("Provision web1 from tiny on lab")
    image("provision", "tiny", "web1")
    assert "web1 from tiny on lab: There is a VM web1 on lab already" in image("task", "list").out
    assert "State" in image("task", "show", tasks[0]["id"]).out
    assert image.json("task", "list", "--running") == {"tasks": []}
    assert image("task", "cancel", tasks[0]["id"]).code == 4
    assert image("task", "show", "nosuch").code == 3
