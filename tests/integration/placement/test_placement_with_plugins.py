"""`provision --pool` over servers that libvirt's test driver invents, and an extension that minds."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from labs.command_line import Convirt
from labs.faulty_plugins import install
from labs.managed import copy_home

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

USAGE, REFUSED, UNAVAILABLE = 2, 4, 5
HOST = """\
<node>
  <cpu>
    <mhz>2000</mhz><model>x86_64</model><active>{cpus}</active>
    <nodes>1</nodes><sockets>1</sockets><cores>{cpus}</cores><threads>1</threads>
  </cpu>
  <memory>8388608</memory>
  {network}
</node>
"""
LAN = "<network><name>lan</name><bridge name='virbr7'/><ip address='192.0.2.1' netmask='255.255.255.0'/></network>"
ON_LAN = ("--set", "vif=['network=lan']")
VETO = """\
import time

from convirt_core.hookspecs import VNodeSpec, hookimpl
from convirt_core.model import Finding, Severity


class Policy(VNodeSpec):
    @hookimpl
    def convirt_check_placement(self, request):
        for word, severity, message in (
            ("closed", Severity.ERROR, "Its rack is closed for new VMs."),
            ("old", Severity.WARNING, "Its warranty has ended."),
        ):
            if word in self.context.settings.get(request.server.name, ""):
                return [Finding(word, "Policy", severity, message)]
        if "hangs" in self.context.settings.get(request.server.name, ""):
            time.sleep(60)
        return []
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pool `lab` of servers with 2, 4 and 16 processors, of which one is in a network, and an image; made once."""
    home = tmp_path_factory.mktemp("prepared")
    convirt = Convirt(home)
    convirt.done("pool", "add", "lab")
    convirt.done("pool", "set", "lab", f"VM_IMAGES_DIR={home}/sent")
    for name, cpus, network in (("small", 2, ""), ("middle", 4, LAN), ("large", 16, "")):
        (home / f"{name}.xml").write_text(HOST.format(cpus=cpus, network=network))
        uri = f"uri=test://{home / name}.xml"
        convirt.done("server", "add", name, "--platform", "test", "--pool", "lab", "--option", uri)
    image = home / "image"
    image.mkdir()
    (image / "vm_conf.template").write_text("name = '$VM_NAME'\nmemory = 64\nvcpus = 2\nkernel = '$KERNEL'\n")
    (image / "image.conf").write_text("kernel_src = 'vmlinuz'\n")
    (image / "vmlinuz").write_bytes(b"a kernel")
    convirt.done("group", "add", "lab")
    convirt.done("image", "add", "tiny", "test", "lab", "--from", str(image))
    return home


@pytest.fixture
def convirt(prepared: Path, tmp_path: Path) -> Convirt:
    """The same for one test, with the extension `policy`."""
    site = tmp_path / "site"
    site.mkdir()
    install(site, "convirt-policy", entry_points={"extensions:policy": "policy:Policy"}, modules={"policy": VETO})
    copy_home(prepared, home := tmp_path / "home")
    return Convirt(home, PYTHONPATH=str(site))


@pytest.fixture
def policy(convirt: Convirt) -> Callable[..., None]:
    """`policy(large="closed")`: what the extension minds."""

    def configure(**minds: str) -> None:
        lines = "".join(f"{server} = '{words}'\n" for server, words in minds.items())
        (convirt.home / "config.toml").write_text(f"[plugins.'extensions:policy']\n{lines}")

    return configure


def provision(convirt: Convirt, *words: str) -> CompletedProcess[str]:
    """Provision a VM into the pool."""
    return convirt("provision", "tiny", "web1", "--pool", "lab", "--no-start", *words)


def test_the_server_with_the_most_room_is_chosen_and_says_why(convirt: Convirt) -> None:
    ran = provision(convirt)
    assert ran.returncode == 0, ran.stderr
    table, reason, done = ran.stdout.splitlines()[:-2], *ran.stdout.splitlines()[-2:]
    assert [line.split()[0] for line in table] == ["SERVER", "large", "middle", "small"]
    assert reason == ("large is chosen: it has the fewest virtual processors for each of its own (0.12; middle: 0.50).")
    assert done == "web1 is ready on large."


def test_a_program_gets_every_candidate_with_its_figures(convirt: Convirt) -> None:
    ran = provision(convirt, "--json")
    answer = json.loads(ran.stdout)
    assert answer["server"] == answer["placement"]["server"] == "large"
    figures = {each["server"]: (each["vcpu_ratio"], each["vm_count"]) for each in answer["placement"]["candidates"]}
    assert figures == {"large": (0.125, 0), "middle": (0.5, 0), "small": (1.0, 0)}
    assert "large is chosen" in ran.stderr


def test_only_a_server_with_the_vms_network_can_have_it(convirt: Convirt) -> None:
    answer = json.loads(provision(convirt, "--json", *ON_LAN).stdout)
    assert answer["server"] == "middle"
    findings = {each["server"]: each["findings"] for each in answer["placement"]["candidates"]}
    assert [(one["code"], one["message"]) for one in findings["large"]] == [
        ("network-missing", "large has no network lan.")
    ]


def test_a_named_server_without_the_network_refuses_before_anything_is_sent(convirt: Convirt) -> None:
    convirt.done("pool", "set", "lab", f"VM_IMAGES_DIR={convirt.home}/nothing")
    ran = convirt("provision", "tiny", "web1", "--server", "large", "--no-start", *ON_LAN)
    assert ran.returncode == REFUSED
    assert ran.stderr.splitlines()[-2:] == [
        "Error: web1 cannot be placed on large: large has no network lan.",
        "  Make it on the server.",
    ]
    assert not (convirt.home / "nothing").exists()


def test_an_extension_excludes_a_server_with_its_reason(convirt: Convirt, policy: Callable[..., None]) -> None:
    policy(large="closed", middle="old")
    answer = json.loads(provision(convirt, "--json").stdout)
    assert answer["server"] == "middle"
    findings = {each["server"]: each["findings"] for each in answer["placement"]["candidates"]}
    assert [(one["message"], one["plugin"]) for one in findings["large"]] == [
        ("Its rack is closed for new VMs.", "extensions:policy")
    ]
    assert [one["severity"] for one in findings["middle"]] == ["warning"]
    shown = provision(convirt).stdout
    assert "warning: Its warranty has ended." in shown
    assert "error: Its rack is closed for new VMs." in shown


def test_an_extension_that_hangs_costs_its_deadline_once_for_all_servers(
    convirt: Convirt, policy: Callable[..., None]
) -> None:
    policy(large="hangs", middle="hangs", small="hangs")
    begin = time.monotonic()
    ran = provision(convirt)
    assert ran.returncode == REFUSED
    assert ran.stderr.count("extensions:policy") >= 3
    assert time.monotonic() - begin < 11  # its five seconds, the second between two looks, and a process


def test_when_no_server_can_have_it_each_is_named_with_its_reason(
    convirt: Convirt, policy: Callable[..., None]
) -> None:
    policy(large="closed", middle="closed")
    convirt.done("server", "edit", "small", "--option", "uri=test:///nowhere.xml")
    ran = provision(convirt, "--json")
    assert ran.returncode == REFUSED
    error = json.loads(ran.stdout)["error"]
    assert error["kind"] == "checks-failed"
    assert error["message"].startswith("No server can have web1: large: Its rack is closed for new VMs; middle: Its")
    assert [finding["code"] for finding in error["findings"]] == ["closed", "closed", "server-unavailable"]


def test_a_pool_that_does_not_answer_at_all_is_unavailable(convirt: Convirt) -> None:
    for name in ("small", "middle", "large"):
        convirt.done("server", "edit", name, "--option", "uri=test:///nowhere.xml")
    ran = provision(convirt)
    assert ran.returncode == UNAVAILABLE
    assert "Error: No server can have web1: large: Cannot connect to libvirt on large" in ran.stderr


def test_an_empty_pool_is_refused(convirt: Convirt) -> None:
    convirt.done("pool", "add", "empty")
    ran = convirt("provision", "tiny", "web1", "--pool", "empty")
    assert ran.returncode == REFUSED
    assert ran.stderr.startswith("Error: The pool empty has no servers.")


def test_a_server_and_a_pool_together_are_a_contradiction(convirt: Convirt) -> None:
    ran = provision(convirt, "--server", "large")
    assert ran.returncode == USAGE
    assert "either --server SERVER or --pool POOL" in ran.stderr
