"""A person is asked once, shown to nobody, and waited for."""

from __future__ import annotations

import threading
import time

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring

from convirt_core.errors import DeadlineExceeded, LoginFailed
from convirt_core.remote import Answer, Ceiling, LocalProxy, Patience, Session
from convirt_core.remote.ssh.secrets import Secrets


class Drawer(KeyringBackend):
    """A keyring in memory."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def drawer(monkeypatch) -> Drawer:
    drawer = Drawer()
    monkeypatch.setattr(keyring, "get_keyring", lambda: drawer)
    monkeypatch.setattr(keyring, "get_password", drawer.get_password)
    monkeypatch.setattr(keyring, "set_password", drawer.set_password)
    return drawer


def says(*words: str):
    """A person who says one thing after the other."""
    left = list(words)
    return lambda: Answer(left.pop(0))


def yes(name: str) -> bool:
    """A person who wants a secret kept."""
    return bool(name)


def no(name: str) -> bool:
    """A person who does not."""
    return not name


def test_a_secret_that_fits_is_asked_for_once(drawer):
    secrets = Secrets()
    assert secrets.unlock("a", says("right"), lambda secret: secret == "right", no)
    assert secrets.unlock("a", says(), lambda secret: secret == "right", no)
    assert drawer.kept == {}


def test_a_wrong_answer_is_asked_again_twice_at_most(drawer):
    assert Secrets().unlock("a", says("x", "y", "right"), lambda secret: secret == "right", no)
    assert not Secrets().unlock("a", says("x", "y", "z", "right"), lambda secret: secret == "right", yes)
    assert drawer.kept == {}


def test_only_a_right_secret_is_kept_and_only_if_the_person_wants(drawer):
    Secrets().unlock("a", says("wrong", "right"), lambda secret: secret == "right", yes)
    assert drawer.kept == {("convirt", "a"): "right"}
    assert Secrets().unlock("a", says(), lambda secret: secret == "right", no)


def test_where_there_is_no_keyring_nobody_is_asked_about_it(monkeypatch):
    monkeypatch.setattr(keyring, "get_keyring", Keyring)
    monkeypatch.setattr(keyring, "get_password", lambda *_: None)
    asked = []
    assert Secrets().unlock("a", says("right"), lambda secret: secret == "right", lambda name: bool(asked.append(name)))
    assert asked == []


def test_a_secret_of_the_keyring_that_is_right_no_more_is_asked_for(drawer):
    drawer.kept["convirt", "a"] = "old"
    assert Secrets().unlock("a", says("new"), lambda secret: secret == "new", no)


def test_the_keyring_is_asked_for_nothing_that_is_known(drawer, monkeypatch):
    secrets, asked = Secrets(), []
    secrets.unlock("a", says("right"), lambda _: True, no)
    monkeypatch.setattr(keyring, "get_password", lambda *words: asked.append(words))
    assert secrets.unlock("a", says(), lambda secret: secret == "right", no)
    assert asked == []


def test_a_secret_that_fits_no_more_is_tried_once_and_forgotten(drawer):
    secrets, tried = Secrets(), []
    drawer.kept["convirt", "a"] = "old"
    secrets.unlock("a", says(), lambda _: True, no)
    for answer in ("x", "y"):
        tried.append([])
        secrets.unlock("a", says(*[answer] * 3), lambda secret: bool(tried[-1].append(secret)), no)
        drawer.kept.clear()
    assert tried == [["old", "x", "x", "x"], ["y", "y", "y"]]


def test_a_server_that_hangs_is_no_reason_to_forget_a_secret(drawer):
    def hangs(_secret: str) -> bool:
        raise DeadlineExceeded("late")

    secrets = Secrets()
    secrets.unlock("a", says("right"), lambda _: True, no)
    with pytest.raises(DeadlineExceeded):
        secrets.unlock("a", says(), hangs, no)
    assert secrets.unlock("a", says(), lambda secret: secret == "right", no)


def test_a_keyring_that_fails_is_no_failure(drawer, monkeypatch):
    def fails(*_: str) -> str:
        raise keyring.errors.NoKeyringError

    monkeypatch.setattr(keyring, "get_password", fails)
    monkeypatch.setattr(keyring, "set_password", fails)
    assert Secrets().unlock("a", says("right"), lambda secret: secret == "right", yes)


def test_nobody_to_answer_is_the_error_of_who_asked(drawer):
    def nobody() -> Answer:
        raise LoginFailed("nobody")

    with pytest.raises(LoginFailed):
        Secrets().unlock("a", nobody, lambda _: False, no)


def test_a_secret_shows_itself_to_nobody(drawer):
    secrets = Secrets()
    secrets.unlock("a", says("hidden"), lambda _: True, no)
    assert "hidden" not in f"{secrets!r} {vars(Answer)} {Answer('hidden')!r} {Answer('hidden')}"


def test_a_deadline_stands_still_while_a_person_is_asked():
    patience = Patience()
    session = Session("host1", LocalProxy(), threads=1, ceiling=Ceiling(4), deadline_clock=patience.now)

    def login() -> str:
        with patience.asking():
            time.sleep(0.4)
        return "in"

    assert session.call(login, deadline_seconds=0.2) == "in"
    with pytest.raises(DeadlineExceeded):
        session.call(lambda: time.sleep(0.5), deadline_seconds=0.2)
    session.close()


def test_two_questions_stop_the_clock_once():
    patience = Patience()
    began = patience.now()
    both = [threading.Thread(target=ask, args=(patience,)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert patience.now() - began < 0.1


def ask(patience: Patience) -> None:
    with patience.asking():
        time.sleep(0.3)
