"""What `convirt` writes down of what it does, and what it shows of it."""

from __future__ import annotations

from labs.cli_here import ConvirtHere


def log_of(convirt: ConvirtHere) -> str:
    return (convirt.home / "data" / "convirt.log").read_text()


def test_each_task_is_in_the_log_with_its_beginning_and_its_end(with_server: ConvirtHere) -> None:
    with_server.done("vm", "pause", "test")
    task = with_server.json("task", "list")["tasks"][0]["id"]
    ours = [line for line in log_of(with_server).splitlines() if f"task={task}" in line]
    assert "begins: Pause test on lab" in ours[0]
    assert "is done: test was paused." in ours[-1]


def test_a_connection_is_in_the_log_with_its_server(with_server: ConvirtHere) -> None:
    with_server.done("vm", "list")
    assert "server=lab: connected" in log_of(with_server)


def test_what_goes_on_is_shown_when_asked_for(with_server: ConvirtHere) -> None:
    assert "begins: Pause test" not in with_server("vm", "pause", "test").err
    assert "begins: Resume test" in with_server("-v", "vm", "resume", "test").err
