"""Settings: parsed once, and refused with the name of what is wrong."""

import base64
import stat
from configparser import RawConfigParser
from dataclasses import fields
from pathlib import Path

import pytest

from portal.settings import BootError, Settings, SettingsError

KEY = bytes(range(32))


def ini(**changed: str | None) -> dict[str, str]:
    """A valid production section, with keys changed (`__` for the dot) or, by None, left out."""
    section: dict[str, str | None] = {
        "portal.origin": "https://help.example.com",
        "portal.secret_key": KEY.hex(),
        "portal.data": "/var/lib/portal",
        "database.url": "postgresql://portal_app:hush@db.example.com/portal",
    }
    section |= {name.replace("__", "."): value for name, value in changed.items()}
    return {name: value for name, value in section.items() if value is not None}


def complaint(section: dict[str, str], environ: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.from_ini(section, environ or {})
    return str(caught.value)


def test_little_is_required_and_the_rest_has_defaults() -> None:
    settings = Settings.from_ini(ini(), {})

    assert settings.origin == "https://help.example.com"
    assert settings.secret_key == KEY
    assert settings.data == Path("/var/lib/portal")
    assert settings.hosts == ("help.example.com",)
    assert not settings.development
    assert not settings.style_page
    assert settings.database_owner_url is None
    assert settings.database_statement_timeout_ms == 15_000
    assert settings.attachments_url == "file:///var/lib/portal/attachments"
    assert settings.attachments_max_bytes == 25 * 1024 * 1024
    assert settings.log_format == "json"
    assert settings.passwords_profile == "normal"
    assert settings.server_port == 6543
    assert settings.server_health_port is None


@pytest.mark.parametrize(
    "key", ["portal.origin", "portal.secret_key", "portal.data", "database.url"]
)
def test_a_missing_key_is_named(key: str) -> None:
    section = ini()
    del section[key]

    assert complaint(section) == f"{key} is missing."
    assert complaint(section | {key: "   "}) == f"{key} is missing."


def test_an_unknown_key_is_named() -> None:
    assert complaint(ini(portal__orign="x")) == "portal.orign is no setting of this portal."


def test_keys_of_other_software_are_left_alone() -> None:
    Settings.from_ini(ini(**{"pyramid.debug_templates": "true"}), {})


def test_a_value_comes_from_the_environment() -> None:
    section = ini(portal__secret_key="env:KEY")

    assert Settings.from_ini(section, {"KEY": KEY.hex()}).secret_key == KEY
    assert complaint(section) == (
        "portal.secret_key is read from the environment, and KEY is not set."
    )


def test_an_optional_value_may_be_missing_in_the_environment() -> None:
    settings = Settings.from_ini(ini(database__owner_url="env:OWNER"), {})

    assert settings.database_owner_url is None


@pytest.mark.parametrize(
    "origin",
    [
        "help.example.com",
        "ftp://help.example.com",
        "https://",
        "https://help.example.com/desk",
        "https://help.example.com/?a=b",
        "https://help.example.com/#top",
        "https://user:word@help.example.com",
        "https://help.example.com:notaport",
        "https://help.example.com:99999",
        "https://Help.Example.com",
    ],
)
def test_an_origin_is_scheme_host_and_port_alone(origin: str) -> None:
    assert "portal.origin must be an address such as" in complaint(ini(portal__origin=origin))


def test_an_origin_loses_its_slash_and_keeps_its_port() -> None:
    settings = Settings.from_ini(ini(portal__origin="https://help.example.com:8443/"), {})

    assert settings.origin == "https://help.example.com:8443"
    assert settings.hosts == ("help.example.com",)


def test_plain_http_is_for_development() -> None:
    section = ini(portal__origin="http://127.0.0.1:6543")

    assert complaint(section) == "portal.origin must begin with https:// outside development."
    development = Settings.from_ini(section | {"portal.development": "true"}, {})
    assert development.origin == "http://127.0.0.1:6543"


def test_further_hosts() -> None:
    settings = Settings.from_ini(ini(portal__hosts="desk.example.com  LOCALHOST"), {})

    assert settings.hosts == ("help.example.com", "desk.example.com", "localhost")
    assert "'desk.example.com:80' is none" in complaint(ini(portal__hosts="desk.example.com:80"))


@pytest.mark.parametrize("written", [KEY.hex(), base64.b64encode(KEY).decode()])
def test_the_key_is_hexadecimal_or_base64(written: str) -> None:
    assert Settings.from_ini(ini(portal__secret_key=written), {}).secret_key == KEY


@pytest.mark.parametrize("written", ["change me", KEY.hex()[:-2], KEY.hex() + "00", "auto"])
def test_another_key_is_refused_without_repeating_it(written: str) -> None:
    text = complaint(ini(portal__secret_key=written))

    assert text.startswith("portal.secret_key must be 32 random bytes")
    assert written not in text


def test_former_keys_are_a_list() -> None:
    other = bytes(range(1, 33))
    written = f"{KEY.hex()}  {base64.b64encode(other).decode()}"
    assert Settings.from_ini(ini(), {}).former_secret_keys == ()
    section = ini(portal__former_secret_keys="env:FORMER")
    assert Settings.from_ini(section, {}).former_secret_keys == ()
    assert Settings.from_ini(section, {"FORMER": written}).former_secret_keys == (KEY, other)
    text = complaint(section, {"FORMER": f"{written} {KEY.hex()[:-2]}"})
    assert text == (
        "portal.former_secret_keys must list keys of 32 bytes in base64 or hexadecimal, "
        "separated by spaces, and number 3 is none."
    )


def test_a_development_key_is_made_once_for_its_user_only(tmp_path: Path) -> None:
    section = ini(
        portal__secret_key="auto", portal__development="true", portal__data=str(tmp_path / "var")
    )

    first = Settings.from_ini(section, {}).secret_key
    path = tmp_path / "var" / "secret_key"
    assert len(first) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Settings.from_ini(section, {}).secret_key == first

    path.write_text("00ff\n")
    with pytest.raises(BootError, match=r"secret_key is damaged: restore it"):
        Settings.from_ini(section, {})


def test_a_data_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    section = ini(
        portal__secret_key="auto",
        portal__development="true",
        portal__data=str(tmp_path / "file" / "var"),
    )

    with pytest.raises(
        BootError, match=r"The data folder .*/file/var cannot be made .*portal\.data"
    ):
        Settings.from_ini(section, {})


@pytest.mark.parametrize(
    ("written", "read"), [("26214400", 26214400), ("25 MB", 26214400), ("512kb", 524288)]
)
def test_a_size(written: str, read: int) -> None:
    assert Settings.from_ini(ini(attachments__max_bytes=written), {}).attachments_max_bytes == read


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("attachments.max_bytes", "lots"),
        ("attachments.max_bytes", "0"),
        ("attachments.max_per_message", "0"),
        ("database.owner_url", "portal_owner"),
        ("database.pool_size", "many"),
        ("database.statement_timeout", "-1"),
        ("database.url", "mysql://root:hush@localhost/portal"),
        ("database.url", "hush"),
        ("log.format", "xml"),
        ("log.level", "loud"),
        ("passwords.profile", "cheap"),
        ("portal.development", "maybe"),
        ("portal.style_page", "2"),
        ("server.health_port", "65536"),
        ("server.port", "0"),
        ("server.port", "٦٥٤٣"),
        ("server.threads", "1.5"),
    ],
)
def test_a_malformed_value_is_refused_by_name(key: str, value: str) -> None:
    text = complaint(ini() | {key: value})

    assert text.startswith(f"{key} must be ")
    assert "hush" not in text


def test_cheap_passwords_are_for_development() -> None:
    section = ini(passwords__profile="cheap", portal__development="true")

    assert Settings.from_ini(section, {}).passwords_profile == "cheap"


def test_the_embedded_database() -> None:
    assert Settings.from_ini(ini(database__url="embedded"), {}).database_url == "embedded"
    assert "database.owner_url must be a postgresql:// URL." in complaint(
        ini(database__owner_url="embedded")
    )


def test_secrets_are_not_in_the_representation() -> None:
    text = repr(Settings.from_ini(ini(database__owner_url="postgresql://o:hush@db/portal"), {}))

    assert "hush" not in text
    assert KEY.hex() not in text
    assert repr(KEY) not in text


def keys(name: str) -> set[str]:
    parser = RawConfigParser()
    parser.read(Path(__file__).parents[2] / name)
    return {key for key in parser["app:main"] if "." in key}


def test_both_files_name_every_setting() -> None:
    known = {
        "passwords.profile",
        "portal.origin",
        "portal.hosts",
        "portal.secret_key",
        "portal.former_secret_keys",
        "portal.data",
        "portal.development",
        "portal.style_page",
        "portal.trusted_proxy",
        "database.url",
        "database.owner_url",
        "database.pool_size",
        "database.statement_timeout",
        "attachments.url",
        "attachments.max_bytes",
        "attachments.max_per_message",
        "jobs.concurrency",
        "jobs.in_server",
        "outgoing.allow",
        "log.format",
        "log.level",
        "server.host",
        "server.port",
        "server.threads",
        "server.health_port",
    }

    assert keys("development.ini") == known
    assert keys("production.ini") == known
    assert len(known) == len(fields(Settings))


def test_what_the_portal_may_call_is_names_addresses_and_networks() -> None:
    allowed = "Login.Corp.example 10.0.0.0/8 127.0.0.1 ::1 fd00::/8"

    assert [
        str(each) for each in Settings.from_ini(ini(outgoing__allow=allowed), {}).outgoing_allow
    ] == [
        "login.corp.example",
        "10.0.0.0/8",
        "127.0.0.1/32",
        "::1/128",
        "fd00::/8",
    ]
    assert Settings.from_ini(ini(), {}).outgoing_allow == ()


@pytest.mark.parametrize("wrong", ["10.0.0.1/8", "10.0.0", "http://x.test", "*", "10.0.0.0/33"])
def test_a_network_that_is_none_is_named(wrong: str) -> None:
    assert f"and {wrong!r} is none" in complaint(ini(outgoing__allow=wrong))
