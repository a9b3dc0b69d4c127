"""Where a setting comes from, and how a wrong one is told."""

import subprocess
import sys
from pathlib import Path

import pytest

from convirt_core.errors import ConfigError, OperationFailed
from convirt_core.plugins import Deadlines
from convirt_core.settings import KEYS, PLUGIN_DEADLINES, Settings

FILE = """\
# my own
data_folder = "data"          # beside this file
log_level = "debug"
disabled_plugins = [
  "platforms:xen",            # no Xen here
]

[plugins.'platforms:kvm']     # slow machine
accelerator = "tcg"

[plugin_deadlines]
load_seconds = 30
"""


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(FILE)
    return path


def refusal(path: Path, text: str) -> ConfigError:
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        Settings.load({}, path)
    assert str(caught.value).startswith(str(path))
    return caught.value


def test_the_file_sets_what_it_names_and_the_rest_follows_from_it(config_file: Path) -> None:
    settings = Settings.load({}, config_file)
    assert settings.store_file == config_file.parent / "data" / "inventory.sqlite"
    assert settings.image_store == config_file.parent / "data" / "images"
    assert settings.log_level == "debug"
    assert settings.plugins == {"platforms:kvm": {"accelerator": "tcg"}}
    assert settings.plugin_deadlines == {"load_seconds": 30.0}
    assert settings.store_busy_seconds == 5.0


def test_the_environment_goes_before_the_file(config_file: Path, tmp_path: Path) -> None:
    settings = Settings.load({"CONVIRT_CONFIG": str(config_file), "CONVIRT_DATA": str(tmp_path / "other")})
    assert settings.data_folder == tmp_path / "other"
    assert settings.origins["data_folder"] == "CONVIRT_DATA"
    assert settings.origins["log_level"] == "file"
    assert settings.origins["store_file"] == "default"


def test_a_flag_goes_before_the_environment(config_file: Path, tmp_path: Path) -> None:
    settings = Settings.load({"CONVIRT_CONFIG": str(tmp_path / "nosuch.toml")}, config_file)
    assert settings.config_file == config_file
    assert settings.log_level == "debug"


def test_a_file_that_a_person_has_just_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        Settings.load({}, tmp_path / "nosuch.toml")


def test_without_a_file_all_is_as_it_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    settings = Settings.load({})
    assert settings.config_file == tmp_path / "config" / "convirt" / "config.toml"
    assert settings.store_file == tmp_path / "data" / "convirt" / "inventory.sqlite"
    assert set(settings.origins.values()) == {"default"}


def test_plugins_disabled_in_file_and_environment_add_up(config_file: Path) -> None:
    environ = {"CONVIRT_DISABLE_PLUGINS": "platforms:kvm, dist:convirt-foo,"}
    settings = Settings.load(environ, config_file)
    assert settings.disabled_plugins == {"platforms:xen", "platforms:kvm", "dist:convirt-foo"}


def test_the_deadlines_are_those_of_the_plugins() -> None:
    assert Deadlines(**dict.fromkeys(PLUGIN_DEADLINES, 1.0)).load_seconds == 1.0


def test_every_key_is_a_setting() -> None:
    assert set(KEYS) <= set(Settings.__slots__)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a = 1\nb = = 2\n", 2, "Invalid value"),
        ("\nlog_levle = 'info'\n", 2, "log_levle is not known"),
        ("# log_level = 1\nlog_level = 1", 2, "log_level must be one of debug"),
        ("log_level = 'x'", 1, "log_level must be one of debug"),
        ("[plugin_deadlines]\nload_seconds = -1", 2, "load_seconds must be a number of seconds"),
        ("[plugin_deadlines]\nload_seconds = true", 2, "load_seconds must be a number of seconds"),
        ("[plugin_deadlines]\nlode_seconds = 3", 2, "lode_seconds is not known"),
        ("\nplugin_deadlines = 3", 2, "plugin_deadlines must be a table"),
        ("plugins = 1", 1, "plugins must be tables"),
        ("\n[plugins.kvm]\na = 1", 2, "kvm must be a table of a plugin"),
        ("disabled_plugins = ['kvm']", 1, "disabled_plugins must be plugin ids"),
        ("data_folder = 3", 1, "data_folder must be a path"),
        ("store_busy_seconds = 0", 1, "store_busy_seconds must be a number"),
        ("store_busy_seconds = nan", 1, "store_busy_seconds must be a number"),
        ("log_level = 'info'\n\n[oops]\n", 3, "oops is not known"),
        ("x = " + "[" * 5000, 0, "nested too deeply"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    error = refusal(tmp_path / "config.toml", text)
    assert error.line == line
    assert said in str(error)
    assert "\n" not in str(error)


def test_a_mistyped_key_is_told_the_one_that_was_meant(tmp_path: Path) -> None:
    assert refusal(tmp_path / "config.toml", "log_levle = 'info'").remedy == "Did you mean log_level?"


def test_a_file_that_is_no_text_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"# fine\nlog_level = '\xff'\n")
    with pytest.raises(ConfigError, match="UTF-8") as caught:
        Settings.load({}, path)
    assert caught.value.line == 2


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        Settings.load({}, tmp_path)


def test_a_wrong_variable_is_told_by_its_name() -> None:
    with pytest.raises(ConfigError, match="the variable CONVIRT_DISABLE_PLUGINS"):
        Settings.load({"CONVIRT_CONFIG": "/nosuch", "CONVIRT_DISABLE_PLUGINS": "kvm"})


def test_reading_the_settings_does_not_pay_for_editing_them(config_file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from convirt_core.settings import Settings;"
        f"Settings.load({{}}, Path({str(config_file)!r}));"
        "print([name for name in ('tomlkit', 'pluggy', 'platformdirs', 'difflib') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "[]\n"


# editing
def test_disabling_a_plugin_keeps_every_comment(config_file: Path) -> None:
    Settings.load({}, config_file).disable("platforms:kvm")
    kept = config_file.read_text()
    assert kept.replace('  "platforms:kvm",\n', "") == FILE
    assert "platforms:kvm" in Settings.load({}, config_file).disabled_plugins


def test_enabling_what_was_disabled_gives_the_file_back(config_file: Path) -> None:
    settings = Settings.load({}, config_file)
    settings.disable("dist:Convirt_Foo")
    settings.enable("dist:convirt-foo")
    assert config_file.read_text() == FILE


def test_disabling_twice_writes_once(config_file: Path) -> None:
    settings = Settings.load({}, config_file)
    settings.disable("platforms:xen")
    assert config_file.read_text() == FILE


def test_disabling_makes_the_file_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "convirt" / "config.toml"
    Settings.load({"CONVIRT_CONFIG": str(path)}).disable("platforms:kvm")
    assert path.read_text() == 'disabled_plugins = ["platforms:kvm"]\n'


def test_disabling_in_a_file_with_tables_only_lands_above_them(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[plugins.'platforms:kvm']\naccelerator = 'tcg'\n")
    Settings.load({}, path).disable("platforms:xen")
    assert Settings.load({}, path).disabled_plugins == {"platforms:xen"}


def test_a_broken_file_is_not_edited(config_file: Path) -> None:
    settings = Settings.load({}, config_file)
    config_file.write_text("log_level = = 3\n")
    with pytest.raises(ConfigError):
        settings.disable("platforms:kvm")
    assert config_file.read_text() == "log_level = = 3\n"


def test_a_file_that_cannot_be_written_is_told_and_stays(config_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.write", full)
    with pytest.raises(OperationFailed, match="No space left"):
        Settings.load({}, config_file).disable("platforms:kvm")
    assert config_file.read_text() == FILE


def test_a_link_to_the_file_stays_a_link(config_file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(config_file)
    Settings.load({}, link).disable("platforms:kvm")
    assert link.is_symlink()
    assert "platforms:kvm" in config_file.read_text()
