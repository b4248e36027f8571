"""Reading an ini file: what the environment may change in it."""

from pathlib import Path

import pytest

from portal.config import load
from portal.settings import BootError

ROOT = Path(__file__).parents[2]


def test_development_needs_nothing_from_the_environment(tmp_path: Path) -> None:
    settings = load(str(ROOT / "development.ini"), {"PORTAL_DATA": str(tmp_path)})

    assert settings.development
    assert settings.origin == "http://127.0.0.1:6543"
    assert settings.server_port == 6543
    assert settings.database_url == "embedded"
    assert settings.data == tmp_path


def test_port_moves_the_server_and_its_address(tmp_path: Path) -> None:
    environ = {"PORTAL_DATA": str(tmp_path), "PORT": "7000"}
    settings = load(str(ROOT / "development.ini"), environ)

    assert (settings.server_port, settings.origin) == (7000, "http://127.0.0.1:7000")


def test_a_percent_sign_in_a_folder_is_no_interpolation(tmp_path: Path) -> None:
    data = tmp_path / "100%(here)s"

    assert load(str(ROOT / "development.ini"), {"PORTAL_DATA": str(data)}).data == data


def test_production_takes_its_secrets_from_the_environment() -> None:
    environ = {
        "PORTAL_ORIGIN": "https://help.example.com",
        "PORTAL_SECRET_KEY": "00" * 32,
        "PORTAL_DATABASE_URL": "postgresql://portal_app:a@db/portal",
    }
    settings = load(str(ROOT / "production.ini"), environ)

    assert not settings.development
    assert settings.log_format == "json"
    assert settings.database_owner_url is None
    assert settings.server_health_port == 6549
    second = load(str(ROOT / "production.ini"), environ | {"PORT": "6544", "HEALTH_PORT": "6550"})
    assert (second.server_port, second.server_health_port) == (6544, 6550)
    assert second.origin == settings.origin
    for name in environ:
        with pytest.raises(BootError, match=name):
            load(str(ROOT / "production.ini"), {k: v for k, v in environ.items() if k != name})
