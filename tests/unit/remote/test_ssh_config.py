"""Which way leads to a server, as ~/.ssh/config says."""

from __future__ import annotations

import getpass
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convirt_core.errors import ConfigError, InvalidInput
from convirt_core.remote.ssh import config
from convirt_core.remote.ssh.config import find_route
from convirt_core.remote.ssh.route import Route


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """A home without the system's own configuration."""
    monkeypatch.setattr(config, "SYSTEM_FILE", tmp_path / "system_config")
    (tmp_path / ".ssh").mkdir()
    return tmp_path


@pytest.fixture
def route_with(home):
    """`route_with(text, address, …)`: the route under a configuration."""

    def route_with(text: str, address: str, user: str = "", port: int = 0) -> Route:
        (home / ".ssh/config").write_text(text)
        return find_route(address, user, port, home=home)

    return route_with


def test_without_a_configuration_it_is_the_address_the_person_and_port_22(home):
    route = find_route("host1", home=home)
    assert (route.host, route.user, route.port) == ("host1", getpass.getuser(), 22)
    assert [path.name for path in route.identity_files] == ["id_ed25519", "id_ecdsa", "id_rsa"]
    assert route.known_hosts[0] == home / ".ssh/known_hosts"


def test_an_alias_is_replaced_and_what_is_said_on_the_command_line_goes_before(route_with):
    text = "Host web\n  HostName 10.0.0.1\n  User admin\n  Port 2222\n  IdentityFile ~/.ssh/web\n  IdentitiesOnly yes\n"
    route = route_with(text, "web")
    assert str(route) == "admin@[10.0.0.1]:2222"
    assert (route.identity_files[0].name, route.identities_only) == ("web", True)
    assert str(route_with(text, "web", "root", 22)) == "root@10.0.0.1"


def test_the_first_value_counts_and_the_systems_file_comes_last(route_with, home):
    (home / "system_config").write_text("User nobody\nPort 2200\n")
    route = route_with("Host web\n  Port 1\nHost *\n  Port 2\n", "web")
    assert (route.port, route.user) == (1, "nobody")


def test_a_chain_of_jumps_ends_at_the_server(route_with):
    route = route_with("Host far\n  ProxyJump admin@first:2201,second\nHost second\n  User second\n", "far")
    assert (route.host, str(route.jump), str(route.jump.jump)) == ("far", "second@second", "admin@[first]:2201")
    assert route.jump.jump.jump is None


def test_a_jump_may_have_a_jump_of_its_own(route_with):
    route = route_with("Host far\n  ProxyJump near\nHost near\n  ProxyJump door\n", "far")
    assert [route.jump.host, route.jump.jump.host] == ["near", "door"]


def test_a_circle_of_jumps_is_found(route_with):
    with pytest.raises(ConfigError, match="circle"):
        route_with("Host a\n  ProxyJump b\nHost b\n  ProxyJump a\n", "a")


def test_a_jump_goes_before_a_command_and_none_means_none(route_with):
    assert route_with("ProxyCommand nc %h %p\n", "web").proxy_command == "nc web 22"
    assert route_with("ProxyCommand none\nProxyJump none\n", "web").proxy_command == ""
    assert route_with("Host web\n  ProxyJump door\n  ProxyCommand nc %h %p\n", "web").proxy_command == ""


def test_a_command_is_told_of_the_user_and_port_that_were_said(route_with):
    text = "Host web\n  User admin\n  Port 24\n  ProxyCommand nc %h %p %r\n"
    assert route_with(text, "web", "root", 2222).proxy_command == "nc web 2222 root"
    assert route_with(text, "web").proxy_command == "nc web 24 admin"


def test_a_jump_of_its_own_is_said_for_the_server_only(route_with):
    jump = route_with("Host far\n  ProxyJump door\n", "far", "root", 2222).jump
    assert (jump.user, jump.port) == (getpass.getuser(), 22)


def test_included_files_stand_where_they_are_included(route_with, home):
    (home / ".ssh/conf.d").mkdir()
    (home / ".ssh/conf.d/a").write_text("Host web\n  User fromfile\nHost other\n  Port 99\n")
    route = route_with("Include conf.d/*\nHost web\n  User late\n  Port 24\n", "web")
    assert (route.user, route.port) == ("fromfile", 24)


def test_after_an_included_file_the_block_goes_on(route_with, home):
    (home / ".ssh/inner").write_text("Host nobody\n  Port 1\n")
    assert route_with("Host web\n  Include inner\n  Port 24\n", "web").port == 24


def test_match_blocks_are_understood(route_with):
    text = "Match host 10.* user root\n  Port 2222\n"
    assert route_with(text, "10.0.0.1", "root").port in {22, 2222}
    assert route_with("Match originalhost web\n  Port 2223\n", "web").port == 2223


def test_other_files_of_known_hosts_may_be_named(route_with, home):
    route = route_with('UserKnownHostsFile ~/a "/b c"\nGlobalKnownHostsFile none\nHashKnownHosts yes\n', "web")
    assert route.known_hosts == (home / "a", Path("/b c"))
    assert route.system_known_hosts == ()
    assert route.hashes_names


def test_the_persons_files_of_known_hosts_are_apart_from_everybodys(route_with):
    route = route_with("UserKnownHostsFile none\nGlobalKnownHostsFile /etc/a /etc/b\n", "web")
    assert (route.known_hosts, route.system_known_hosts) == ((), (Path("/etc/a"), Path("/etc/b")))


@pytest.mark.parametrize(
    "text", ["Port many\n", "Port 0\n", "Port 70000\n", "Host web\n  Bogus\n", "ProxyJump a:x y\n"]
)
def test_what_cannot_be_read_is_an_error_with_the_file(route_with, text):
    with pytest.raises((ConfigError, InvalidInput)):
        route_with(text, "web")


@pytest.mark.parametrize("address", ["", "-oProxyCommand=x", "a b", "a;b", "$(id)", "a\nb", "host'"])
def test_what_a_shell_would_see_is_no_address(home, address):
    with pytest.raises(InvalidInput, match="cannot be the address"):
        find_route(address, home=home)


@pytest.mark.parametrize("user", ["-x", "a b", "$(id)", "a;b", "`id`"])
def test_what_a_shell_would_see_is_no_user(home, user):
    with pytest.raises(InvalidInput, match="cannot be the name of a user"):
        find_route("web", user, home=home)


@given(st.text(max_size=200))
def test_any_configuration_is_read_or_refused(tmp_path_factory, text):
    home = tmp_path_factory.mktemp("home")
    (home / ".ssh").mkdir()
    (home / ".ssh/config").write_text(text.replace("exec", ""), errors="surrogateescape")
    with suppress(ConfigError, InvalidInput):
        assert find_route("web", home=home).port


def test_equal_ways_share_a_transport(home):
    assert find_route("web", home=home) == find_route("web", home=home)
    assert len({find_route("web", home=home), find_route("web", "other", home=home)}) == 2
