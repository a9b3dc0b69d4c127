"""The settings of one run: flag before environment before file before default."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from attrs import field, frozen

from convirt_core.errors import ConfigError
from convirt_core.settings.keys import KEYS, Key
from convirt_core.settings.reading import ConfigFile

if TYPE_CHECKING:
    from collections.abc import Mapping

APPLICATION = "convirt"


@frozen
class Settings:
    """What was set, and where.

    :param config_file: the file that was read, or that `disable` will make
    :param disabled_plugins: ids such as `platforms:kvm` and `dist:convirt-foo`, as they were written
    :param plugins: the plugins' own tables, by id
    :param plugin_deadlines: those that were set, by the names of `plugins.Deadlines`
    :param origins: where each value comes from, by key: a variable's name, `file` or `default`
    """

    config_file: Path
    data_folder: Path
    store_file: Path
    image_store: Path
    log_file: Path
    log_level: str = "info"
    store_busy_seconds: float = 5.0
    disabled_plugins: frozenset[str] = frozenset()
    plugins: Mapping[str, Mapping[str, object]] = field(factory=dict)
    plugin_deadlines: Mapping[str, float] = field(factory=dict)
    origins: Mapping[str, str] = field(factory=dict)

    @classmethod
    def load(cls, environ: Mapping[str, str], config_file: Path | None = None) -> Self:
        """Read the configuration. A file that is not there is empty, unless a person has just named it.

        :param environ: such as `os.environ`
        :param config_file: of a flag; None: `CONVIRT_CONFIG`, else the platform's place
        :raises ConfigError: with file and line
        """
        if config_file is not None and not config_file.exists():
            raise ConfigError("there is no such file", source=str(config_file), remedy="Make it; it may be empty.")
        path = config_file or _config_file(environ)
        file = ConfigFile.read(path)
        values = file.values | _environment(environ)
        origins = {name: _origin(key, environ, file.values) for name, key in KEYS.items()}
        disabled = values.pop("disabled_plugins", frozenset()) | file.values.get("disabled_plugins", frozenset())
        return cls(
            config_file=path,
            disabled_plugins=disabled,
            plugins=file.plugins,
            plugin_deadlines=file.plugin_deadlines,
            origins=origins,
            **_with_places(values),
        )

    def disable(self, plugin_id: str) -> None:
        """Switch a plugin or distribution off in the file, for the next runs.

        :raises ConfigError: if the file cannot be read any more
        :raises OperationFailed: if it cannot be written; it is as it was
        """
        from convirt_core.settings.editing import edit_disabled  # noqa: PLC0415  costs tomlkit

        edit_disabled(self.config_file, plugin_id, disabled=True)

    def enable(self, plugin_id: str) -> None:
        """Switch it on again; raises as `disable`. What the environment disables stays so."""
        from convirt_core.settings.editing import edit_disabled  # noqa: PLC0415  costs tomlkit

        edit_disabled(self.config_file, plugin_id, disabled=False)


def _config_file(environ: Mapping[str, str]) -> Path:
    if named := environ.get("CONVIRT_CONFIG"):
        return Path(named).expanduser().absolute()
    from platformdirs import user_config_path  # noqa: PLC0415  15 ms that a named file need not pay

    return user_config_path(APPLICATION) / "config.toml"


def _environment(environ: Mapping[str, str]) -> dict[str, Any]:
    return {name: _from_variable(key, environ[key.variable]) for name, key in KEYS.items() if environ.get(key.variable)}


def _from_variable(key: Key, text: str) -> Any:
    try:
        return key.check(text, Path.cwd())
    except ValueError as error:
        raise ConfigError(f"it must be {error}", source=f"the variable {key.variable}") from error


def _origin(key: Key, environ: Mapping[str, str], in_file: Mapping[str, Any]) -> str:
    if environ.get(key.variable):
        return key.variable
    return "file" if key.name in in_file else "default"


def _with_places(values: dict[str, Any]) -> dict[str, Any]:
    folder = values.get("data_folder") or _data_folder()
    places = {
        "data_folder": folder,
        "store_file": folder / "inventory.sqlite",
        "image_store": folder / "images",
        "log_file": folder / "convirt.log",
    }
    return places | values


def _data_folder() -> Path:
    from platformdirs import user_data_path  # noqa: PLC0415  as above

    return user_data_path(APPLICATION)
