"""The person's configuration of ssh: ssh_config(5), read as `ssh` reads it, as far as it says how to connect."""

from __future__ import annotations

import getpass
import re
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko
from paramiko.ssh_exception import SSHException

from convirt_core.errors import ConfigError, InvalidInput
from convirt_core.remote.ssh.route import DEFAULT_PORT, Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SYSTEM_FILE = Path("/etc/ssh/ssh_config")
_OWN_KNOWN_HOSTS = "~/.ssh/known_hosts ~/.ssh/known_hosts2"
_SYSTEM_KNOWN_HOSTS = "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"
_DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
_INCLUDE = re.compile(r"^\s*include(?:\s*=\s*|\s+)(.+?)\s*$", re.IGNORECASE)
_BLOCK = re.compile(r"^\s*(?:host|match)(?:\s*=\s*|\s+)", re.IGNORECASE)
_DEEPEST_INCLUDE = 16
_MOST_JUMPS = 8
# What ssh itself refuses since 9.6, for these words come into shell commands: ProxyCommand, Match exec.
_NO_HOST = re.compile(r"^-|[^\w.:%@+-]")
_NO_USER = re.compile(r"^-|[\s'`\";&<>|(){}\\$]")


def find_route(address: str, user: str = "", port: int = 0, *, home: Path | None = None) -> Route:
    """Return the way to a server, as the person's and the system's configuration say.

    :param address: a name or address, or an alias of the configuration
    :param user: empty: as configured, else the person's own name
    :param port: 0: as configured, else 22
    :param home: the person's; None: of this process
    :raises ConfigError: for a configuration that cannot be read
    :raises InvalidInput: for an address or user that cannot be one
    """
    return _Reader(home or Path.home()).route(address, user, port, _MOST_JUMPS)


class _Reader:
    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder = home / ".ssh"
        self._text = "\n".join(
            [
                *_lines(self._folder / "config", self._folder, home),
                "Host *",
                *_lines(SYSTEM_FILE, SYSTEM_FILE.parent, home),
            ]
        )

    def route(self, address: str, user: str, port: int, jumps_left: int) -> Route:
        _check(address, user)
        found = self._look_up(address, user, port)
        host, login = found["hostname"], found.get("user") or getpass.getuser()
        _check(host, login)
        jump = found.get("proxyjump", "none")
        return Route(
            host,
            login,
            self._port(found),
            jump=None if jump.lower() == "none" else self._jump(jump, jumps_left),
            proxy_command=self._command(found, jump),
            identity_files=self._identity_files(found),
            identities_only=_says_yes(found, "identitiesonly"),
            uses_agent=found.get("identityagent", "").lower() != "none",
            key_alias=found.get("hostkeyalias", ""),
            known_hosts=self._files(found.get("userknownhostsfile", _OWN_KNOWN_HOSTS)),
            system_known_hosts=self._files(found.get("globalknownhostsfile", _SYSTEM_KNOWN_HOSTS)),
            hashes_names=_says_yes(found, "hashknownhosts"),
        )

    def _look_up(self, address: str, user: str, port: int) -> Mapping[str, str]:
        """Return what is configured. What is said beside goes before, as in ssh: commands are told of it too."""
        said = [f"User {user}"] * bool(user) + [f"Port {port}"] * bool(port)
        try:
            config = paramiko.SSHConfig.from_text("\n".join(["Host *", *said, "Host *", self._text]))
        except SSHException as error:
            raise ConfigError(str(error).rstrip("."), source=str(self._folder / "config")) from error
        try:
            return config.lookup(address)
        except (SSHException, ImportError, ValueError, KeyError) as error:  # ImportError: `Match exec` needs a library
            raise ConfigError(f"{address}: {error}", source=str(self._folder / "config")) from error

    def _port(self, found: Mapping[str, str]) -> int:
        text = found.get("port", str(DEFAULT_PORT))
        if not text.isdecimal() or not 0 < int(text) < 1 << 16:
            raise ConfigError(f"{text!r} is no port", source=str(self._folder / "config"))
        return int(text)

    def _jump(self, text: str, jumps_left: int) -> Route:
        """Return the last server of `[user@]host[:port],…`; the first is reached directly."""
        if not jumps_left:
            raise ConfigError("ProxyJump leads in a circle", source=str(self._folder / "config"))
        before, _, last = text.rpartition(",")
        user, host, port = _parts_of_jump(last)
        route = self.route(host, user, port, jumps_left - 1)
        if not before:
            return route
        from attrs import evolve  # noqa: PLC0415  a chain of jumps is rare

        return evolve(route, jump=self._jump(before, jumps_left - 1), proxy_command="")

    def _command(self, found: Mapping[str, str], jump: str) -> str:
        command = found.get("proxycommand") or ""
        return "" if command.lower() == "none" or jump.lower() != "none" else command

    def _identity_files(self, found: Mapping[str, str]) -> tuple[Path, ...]:
        configured = found.get("identityfile")
        names = [configured] if isinstance(configured, str) else configured
        if names:
            return tuple(_expand(name, self._home) for name in names if name.lower() != "none")
        return tuple(self._folder / name for name in _DEFAULT_KEYS)

    def _files(self, text: str) -> tuple[Path, ...]:
        names = [name.strip('"') for name in re.findall(r'"[^"]*"|\S+', text)]
        return tuple(_expand(name, self._home) for name in names if name.lower() != "none")


def _lines(file: Path, folder: Path, home: Path, depth: int = 0) -> Iterator[str]:
    """Yield a file's lines, with included files in their places; a relative one is in `folder`."""
    block = "Host *"
    for line in _read(file).splitlines():
        included = _INCLUDE.match(line)
        if not included:
            block = line if _BLOCK.match(line) else block
            yield line
        elif depth < _DEEPEST_INCLUDE:
            for path in _matching(included[1], folder, home):
                yield from _lines(path, folder, home, depth + 1)
            yield block  # what follows belongs to the block that the file was included in


def _read(file: Path) -> str:
    try:
        return file.read_text(errors="surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise ConfigError(f"it cannot be read: {error.strerror}", source=str(file)) from error


def _matching(patterns: str, folder: Path, home: Path) -> Iterator[Path]:
    import glob  # noqa: PLC0415  few files include others

    for pattern in patterns.split():
        yield from map(Path, sorted(glob.glob(str(folder / _expand(pattern.strip('"'), home)))))  # noqa: PTH207  absolute


def _expand(name: str, home: Path) -> Path:
    name = name.replace("%d", str(home))
    return home / name[2:] if name.startswith("~/") else Path(name)


def _parts_of_jump(text: str) -> tuple[str, str, int]:
    """Split `[user@]host[:port]`, also as a URI `ssh://…`; an IPv6 address with a port is in brackets."""
    user, _, place = text.strip().removeprefix("ssh://").rstrip("/").rpartition("@")
    bracketed = re.fullmatch(r"\[(.+)\](?::(\d+))?", place)
    if bracketed:
        return user, bracketed[1], int(bracketed[2] or 0)
    host, colon, port = place.partition(":")
    if colon and port.isdecimal():
        return user, host, int(port)
    return user, place, 0


def _says_yes(found: Mapping[str, str], key: str) -> bool:
    return found.get(key, "no").lower() in {"yes", "true"}


def _check(host: str, user: str) -> None:
    if not host or _NO_HOST.search(host):
        raise InvalidInput(f"{host!r} cannot be the address of a server.", remedy="Use its name or its IP address.")
    if _NO_USER.search(user):
        raise InvalidInput(f"{user!r} cannot be the name of a user.")
