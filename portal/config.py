"""Reading an ini file into settings."""

import configparser
from collections.abc import Mapping
from pathlib import Path

import plaster

from portal.settings import BootError, Settings

#: Variables of the environment that fill `%(name)s` in an ini file, over its [DEFAULT] section.
OVERRIDES = {"PORT": "port", "HEALTH_PORT": "health_port", "PORTAL_DATA": "data"}


def load(path: str | None, environ: Mapping[str, str]) -> Settings:
    """The settings of an ini file's `[app:main]`.

    `PORT`, `HEALTH_PORT` and `PORTAL_DATA` in the environment take the place of `port`,
    `health_port` and `data` in its [DEFAULT] section.

    Raises BootError when there is no such file, and SettingsError for what is wrong in it.
    """
    if path is None or not Path(path).is_file():
        raise BootError(
            f"There is no configuration file {path}: name one with --config or PORTAL_CONFIG."
        )
    given = {
        name: environ[key].replace("%", "%%") for key, name in OVERRIDES.items() if environ.get(key)
    }
    loader = plaster.get_loader(str(path))
    try:
        section = loader.get_settings("app:main", given)
    except (plaster.PlasterError, configparser.Error, ValueError) as error:
        raise BootError(f"{path} cannot be read: {error}") from error
    section.pop("use", None)
    return Settings.from_ini(section, environ)
