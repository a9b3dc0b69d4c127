"""Who is let in, and which server is the right one."""

from __future__ import annotations

import subprocess
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from labs.two_hosts import faults
from labs.two_hosts.client import NO_KEY, PASSPHRASE, public_key
from labs.two_hosts.counting import established
from labs.two_hosts.server_files import PASSWORD

from convirt_core.errors import DeadlineExceeded, InvalidInput, LoginFailed, OperationFailed, Refused, ServerUnavailable
from convirt_core.model import ManagedNode
from convirt_core.remote import Answer

pytestmark = pytest.mark.root


@pytest.fixture
def enter(way_to, two_hosts):
    """`enter(…)`: log in to the first host, say who that is."""

    def enter(host=two_hosts.h1, **words) -> str:
        with closing(way_to(host, **words)) as proxy:
            return proxy.run(["id", "-un"], timeout_seconds=20).text

    return enter


@pytest.fixture
def home_with(two_hosts, tmp_path, monkeypatch, home):
    """`home_with(user=…, key=…, knows=…, jumps=…)`: another home for this person."""

    def home_with(**settings) -> Path:
        folder = two_hosts.client.make_home(tmp_path / "home", **settings)
        monkeypatch.setenv("HOME", str(folder))
        return folder

    return home_with


def test_the_configuration_says_who_logs_in(enter, home):
    assert enter() == "root"
    assert enter(user="member") == "member"


def test_an_encrypted_key_asks_once_for_its_passphrase(enter, home_with, two_hosts, person):
    home_with(key=two_hosts.client.locked_key)
    person.answers = {"passphrase": PASSPHRASE}
    assert [enter(), enter(two_hosts.h2), enter()] == ["root"] * 3
    assert person.asked == ["passphrase"]


def test_a_wrong_passphrase_is_asked_three_times_and_named(enter, home_with, two_hosts, person):
    home_with(key=two_hosts.client.locked_key)
    person.answers = {"passphrase": "wrong"}
    with pytest.raises(LoginFailed, match=r"The passphrase of the key .*locked_key was wrong"):
        enter()
    assert len(person.asked) == 3


def test_a_locked_key_without_anybody_to_ask_is_one_sentence(enter, home_with, two_hosts):
    home_with(key=two_hosts.client.locked_key)
    with pytest.raises(LoginFailed, match="is locked with a passphrase") as error:
        enter()
    assert "ssh-add" in error.value.remedy


def test_the_agent_is_asked_for_its_keys(enter, home_with, two_hosts, monkeypatch):
    home_with(key=NO_KEY)
    with two_hosts.client.agent() as socket:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        assert enter() == "root"


def test_a_password_is_asked_once_for_each_server_and_never_shown(enter, home_with, two_hosts, person, caplog):
    caplog.set_level(0)
    home_with(key=NO_KEY)
    person.answers = {"password": PASSWORD}
    with faults.passwords(two_hosts.h1):
        assert [enter(user="visitor"), enter(user="visitor")] == ["visitor"] * 2
    assert person.asked == ["password"]
    assert PASSWORD not in caplog.text


def test_a_wrong_password_is_one_sentence(enter, home_with, two_hosts, person):
    home_with(key=NO_KEY)
    person.answers = {"password": "wrong"}
    with faults.passwords(two_hosts.h1), pytest.raises(LoginFailed, match="did not accept the password of visitor"):
        enter(user="visitor")


def test_a_server_that_hangs_at_the_login_is_late_and_no_password_is_asked_again(
    enter, home_with, two_hosts, person, monkeypatch
):
    home_with(key=NO_KEY)
    with faults.passwords(two_hosts.h1), ExitStack() as faulty:

        def password(_user: str, _host: str) -> Answer:
            person.asked.append("password")
            faulty.enter_context(faults.stopped_sshd(two_hosts.h1))
            return Answer(PASSWORD)

        monkeypatch.setattr(person, "password", password)
        began = time.monotonic()
        with pytest.raises(DeadlineExceeded, match="did not answer in time while visitor logged in"):
            enter(user="visitor")
        assert time.monotonic() - began < 14
    assert person.asked == ["password"]


def test_nobody_who_is_let_in_is_told_what_the_server_takes(enter, home_with):
    home_with(key=NO_KEY)
    with pytest.raises(LoginFailed, match="does not let visitor in: it takes publickey") as error:
        enter(user="visitor")
    assert "public key" in error.value.remedy


def test_a_new_server_is_shown_with_its_fingerprint_and_remembered(enter, home_with, two_hosts, person):
    home = home_with(knows=False)
    person.answers = {"host_key": True}
    assert [enter(), enter()] == ["root"] * 2
    said = subprocess.run(
        ["ssh-keygen", "-lf", "-"], input=public_key(two_hosts.h1), capture_output=True, text=True, check=True
    ).stdout.split()[1]
    assert person.asked == [f"host key {two_hosts.h1.address} {said}"]
    subprocess.run(two_hosts.client.ssh("h1", "true", home=home), check=True, timeout=20)


def test_a_new_server_that_is_not_confirmed_is_not_entered(enter, home_with, person):
    home = home_with(knows=False)
    person.answers = {"host_key": False}
    with pytest.raises(Refused, match="was not confirmed"):
        enter()
    assert (home / ".ssh/known_hosts").read_text() == ""


def test_a_new_server_without_anybody_to_ask_is_one_sentence(enter, home_with):
    home_with(knows=False)
    with pytest.raises(Refused, match="is new, and nobody has confirmed its key") as error:
        enter()
    assert "--host-key SHA256:" in error.value.remedy


def test_a_changed_key_is_refused_with_its_line(enter, home, two_hosts):
    with faults.changed_host_key(two_hosts.h1), pytest.raises(Refused, match=r"another key than before") as error:
        enter()
    assert f"{home}/.ssh/known_hosts, line 1" in str(error.value)
    assert "ssh-keygen -R" in error.value.remedy


def test_names_are_hidden_where_the_configuration_says_so(enter, home_with, person):
    home = home_with(knows=False)
    config = home / ".ssh/config"
    config.write_text("HashKnownHosts yes\n" + config.read_text())
    person.answers = {"host_key": True}
    assert [enter(), enter()] == ["root"] * 2
    assert (home / ".ssh/known_hosts").read_text().startswith("|1|")
    assert len(person.asked) == 1


@pytest.mark.parametrize("options", ["ro", "size=4k"])
def test_a_known_hosts_that_cannot_be_written_is_one_sentence_and_stays_whole(
    enter, home_with, person, two_hosts, tmp_path, options
):
    home = home_with(knows=False)
    folder = tmp_path / "small"
    folder.mkdir()
    before = "#" * 4090 + "\n"
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "none", folder], check=True)
    try:
        (folder / "known").write_text(before)
        subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)
        config = home / ".ssh/config"
        config.write_text(f"UserKnownHostsFile {folder}/known\n" + config.read_text())
        person.answers = {"host_key": True}
        with pytest.raises(OperationFailed, match="cannot be remembered") as error:
            enter()
        assert "UserKnownHostsFile" in error.value.remedy
        assert (folder / "known").read_text() == before
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_server_behind_another_is_reached_through_it(enter, home_with, two_hosts):
    home_with(jumps={"h2": "h1"})
    with faults.hidden_from_client(two_hosts.h2):
        assert enter(two_hosts.h2) == "root"


def test_a_server_that_the_one_before_it_cannot_reach_is_unavailable(enter, home_with, two_hosts):
    home_with(jumps={"h2": "h1"})
    with pytest.raises(ServerUnavailable, match=f"{two_hosts.h1.address} cannot connect to {two_hosts.h2.address}:9"):
        enter(two_hosts.h2, port=9)


def test_a_command_of_the_persons_may_lead_there(enter, home, home_with, two_hosts):
    home = home_with()
    config = home / ".ssh/config"
    command = f"{' '.join(two_hosts.client.ssh('-W', '%h:%p', 'h1'))}"
    config.write_text(f"Host h2\n  ProxyCommand {command}\n" + config.read_text())
    assert enter(two_hosts.h2) == "root"
    until(lambda: not subprocess.run(["pgrep", "-f", f"-W {two_hosts.h2.address}:22"], check=False).stdout)


def test_two_users_of_a_server_share_one_connection_until_both_have_gone(way_to, two_hosts):
    one, other = way_to(two_hosts.h1), way_to(two_hosts.h1)
    one.run(["true"])
    other.run(["true"])
    assert established(two_hosts.h1, 22) == 1
    one.close()
    assert other.run(["echo", "still"]).text == "still"
    other.close()
    until(lambda: established(two_hosts.h1, 22) == 0)


def test_no_sshd_no_host_and_no_ssh_are_one_sentence_each(enter, two_hosts, home_with):
    home_with()
    with pytest.raises(ServerUnavailable, match="refuses connections: no sshd listens there"):
        enter(port=9)
    with pytest.raises(ServerUnavailable, match=r"There is no host no-such-host\.invalid"):
        enter("no-such-host.invalid")
    with pytest.raises(ServerUnavailable, match=r"is no ssh server|said nothing|hung up"):
        enter(port=16509)
    with pytest.raises(InvalidInput, match="cannot be the address"):
        enter("-oProxyCommand=reboot")


def test_a_server_that_drops_packets_is_given_up_in_time(enter, two_hosts):
    began = time.monotonic()
    with faults.link_down(two_hosts.h1), pytest.raises(DeadlineExceeded, match="did not answer within 5 s"):
        enter()
    assert time.monotonic() - began < 7


def test_a_stopped_sshd_is_given_up_in_time(enter, two_hosts):
    began = time.monotonic()
    with faults.stopped_sshd(two_hosts.h1), pytest.raises(DeadlineExceeded, match="said nothing within 5 s"):
        enter()
    assert time.monotonic() - began < 7


def test_the_public_key_is_put_on_a_server_once(ways, way_to, two_hosts, home):
    keys = two_hosts.h1.folder / "home/visitor/.ssh/authorized_keys"
    node = ManagedNode("", "h1", "", address="h1", user="visitor")
    assert ways.install_key(node) is True
    mine = two_hosts.client.key.with_suffix(".pub").read_text()
    assert keys.read_text() == mine
    keys.write_text("# mine\nssh-ed25519 AAAA other")
    keys.chmod(0o644)
    assert [ways.install_key(node), ways.install_key(node)] == [True, False]
    assert keys.read_text() == f"# mine\nssh-ed25519 AAAA other\n{mine}"
    assert keys.stat().st_mode & 0o777 == 0o644


def until(condition, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
