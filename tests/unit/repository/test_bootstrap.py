"""What `make demo` and `make test` say before anything is installed."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest
from labs.sources import ROOT

BOOTSTRAP = ROOT / "tools" / "bootstrap.py"


@pytest.fixture(scope="module")
def bootstrap():
    spec = importlib.util.spec_from_file_location("bootstrap", BOOTSTRAP)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_apt_the_missing_packages_are_named_in_one_sentence():
    ended = subprocess.run(
        [sys.executable, BOOTSTRAP, "demo"], env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "qemu-utils" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_an_old_python_is_refused_in_one_sentence(bootstrap, monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert bootstrap.main("test") == 1
    assert "needs Python 3.11" in capsys.readouterr().err


def test_an_interruption_ends_with_one_sentence_and_130(bootstrap, monkeypatch, capsys):
    def interrupted(packages):
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "missing_packages", interrupted)
    assert bootstrap.main("demo") == 130
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("missing", ["pyvenv.cfg", "bin/python"])
def test_an_environment_that_an_interruption_left_half_made_is_made_anew(bootstrap, monkeypatch, tmp_path, missing):
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    for name in ("half", "whole"):
        folder = tmp_path / ".nox" / name
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "python").symlink_to(sys.executable)
        (folder / "pyvenv.cfg").touch()
    (tmp_path / ".nox" / "half" / missing).unlink()
    (tmp_path / ".nox" / "CACHEDIR.TAG").touch()
    bootstrap.remove_half_made()
    assert {path.name for path in (tmp_path / ".nox").iterdir()} == {"CACHEDIR.TAG", "whole"}


@pytest.mark.parametrize(
    ("pip", "uv"),
    [
        ("", {}),
        ("global.index-url='https://mirror/simple'", {"UV_DEFAULT_INDEX": "https://mirror/simple"}),
        (":env:.find-links='/wheels /more'", {"UV_FIND_LINKS": "/wheels,/more"}),
        ("global.index-url='https://a'\n:env:.index-url='https://b'", {"UV_DEFAULT_INDEX": "https://b"}),
        (
            "global.extra-index-url='https://a\\nhttps://b'",
            {"UV_INDEX": "https://a https://b", "UV_INDEX_STRATEGY": "unsafe-best-match"},
        ),
    ],
)
def test_uv_is_told_where_pip_looks(bootstrap, pip, uv):
    assert bootstrap.for_uv(pip) == uv
