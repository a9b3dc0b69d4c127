"""The device name of a disk that is attached without one."""

from attrs import evolve

from convirt_core.services.servers.server import Server


def test_it_is_called_as_its_platform_calls_disks(web1, monkeypatch) -> None:
    platform = Server.platform.func
    monkeypatch.setattr(Server, "platform", property(lambda server: evolve(platform(server), first_disk="sda")))
    assert web1.json("vm", "attach", "disk", "web1", "/tmp/disk.img")["target"] == "sda"
    assert web1.json("vm", "attach", "disk", "web1", "/tmp/disk2.img")["target"] == "sdb"
