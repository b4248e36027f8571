"""What the operator sets, parsed once at the start.

The `[app:main]` section of an ini file, with values of the form `env:NAME` read from the
environment, becomes one frozen `Settings`. A missing, malformed or unknown key stops the start
with one sentence that names it, so that nothing is found out later by a visitor.
"""

import base64
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

#: `database.url = embedded`: a PostgreSQL of our own, started on demand in the data folder.
EMBEDDED = "embedded"

#: Bytes of the master key: AES-256.
KEY_BYTES = 32

_OURS = (
    "attachments.",
    "database.",
    "jobs.",
    "log.",
    "outgoing.",
    "passwords.",
    "portal.",
    "server.",
)
_UNITS = {"": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class BootError(Exception):
    """The portal cannot start. The message is one sentence that says why and what to do."""


class SettingsError(BootError):
    """A setting is missing, malformed or unknown. The message names its key."""

    def __init__(self, key: str, complaint: str) -> None:
        super().__init__(f"{key} {complaint}.")
        self.key = key


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the operator decides. What a tenant decides is in the tenant's own record."""

    #: Where the portal is reached, without a trailing slash: tenants live under `{origin}/{slug}/`.
    origin: str
    #: The host names, without ports, that lead to the root of all tenants: the origin's is first.
    hosts: tuple[str, ...]
    #: The master key of secrets at rest, 32 bytes.
    secret_key: bytes = field(repr=False)
    #: Master keys that seal nothing new and still open what they sealed.
    former_secret_keys: tuple[bytes, ...] = field(repr=False)
    #: The folder of the embedded database, the generated key and, by default, the attachments.
    data: Path
    development: bool
    #: Whether the living style page is served.
    style_page: bool
    #: The address of the one proxy whose X-Forwarded-For and -Proto are believed, or "".
    trusted_proxy: str

    #: The application role's URL, or `EMBEDDED`.
    database_url: str = field(repr=False)
    #: The owner's URL, for migrations only; None where the serving process does not have it.
    database_owner_url: str | None = field(repr=False)
    #: Connections kept open by one process.
    database_pool_size: int
    database_statement_timeout_ms: int

    #: Where attachments are kept, as a URL that obstore understands.
    attachments_url: str = field(repr=False)
    #: Largest single attachment, in bytes.
    attachments_max_bytes: int
    attachments_max_per_message: int

    #: What the portal may call beyond public addresses, and by plain http: host names and networks.
    outgoing_allow: tuple[str | IPv4Network | IPv6Network, ...]

    #: Whether `portal serve` takes jobs beside serving, or leaves them to `portal worker`.
    jobs_in_server: bool
    #: Jobs that one worker does at once.
    jobs_concurrency: int

    #: "console" or "json".
    log_format: str
    log_level: str

    #: "normal", or "cheap" for tests, where a password hash must not cost what it should.
    passwords_profile: str

    server_host: str
    server_port: int
    #: Threads that run requests. Python work does not get faster with more; waiting does.
    server_threads: int
    #: The port of a second listener that answers only health, or None.
    server_health_port: int | None

    @property
    def max_body_bytes(self) -> int:
        """Largest request: a few of the largest attachments at once, and the form around them."""
        return 4 * self.attachments_max_bytes + 10 * 1024**2

    @classmethod
    def from_ini(cls, ini: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> Self:
        """Parse the settings of an ini section.

        With `portal.secret_key = auto`, development only, this makes the key on the first run
        and keeps it in the data folder.

        Raises SettingsError, naming the key, for the first value that is missing, malformed or
        unknown.
        """
        read = _Reader(ini, environ)
        development = read.flag("portal.development", default=False)
        data = read.folder("portal.data")
        origin = read.origin("portal.origin", development=development)
        database_url = read.database_url("database.url", embedded=True)
        settings = cls(
            origin=origin,
            hosts=(urlsplit(origin).hostname or "", *read.hosts("portal.hosts")),
            secret_key=read.key("portal.secret_key", data if development else None),
            former_secret_keys=read.keys("portal.former_secret_keys"),
            data=data,
            development=development,
            style_page=read.flag("portal.style_page", default=development),
            trusted_proxy=read.text("portal.trusted_proxy", default=""),
            database_url=database_url,
            database_owner_url=read.database_url("database.owner_url", default="") or None,
            database_pool_size=read.number("database.pool_size", 1, 200, default=8),
            database_statement_timeout_ms=1000
            * read.number("database.statement_timeout", 1, 600, default=15),
            attachments_url=read.text("attachments.url", default="")
            or (data / "attachments").as_uri(),
            attachments_max_bytes=read.size("attachments.max_bytes", default="25 MB"),
            attachments_max_per_message=read.number(
                "attachments.max_per_message", 1, 100, default=10
            ),
            outgoing_allow=read.hosts_and_networks("outgoing.allow"),
            jobs_in_server=read.flag("jobs.in_server", default=True),
            jobs_concurrency=read.number("jobs.concurrency", 1, 32, default=2),
            log_format=read.choice("log.format", ("console", "json"), default="json"),
            log_level=read.choice(
                "log.level", ("debug", "info", "warning", "error"), default="info"
            ),
            passwords_profile=read.choice(
                "passwords.profile",
                ("normal", "cheap") if development else ("normal",),
                default="normal",
            ),
            server_host=read.text("server.host", default="127.0.0.1"),
            server_port=read.number("server.port", 1, 65535, default=6543),
            server_threads=read.number("server.threads", 1, 64, default=4),
            server_health_port=read.number("server.health_port", 0, 65535, default=0) or None,
        )
        read.refuse_unknown()
        return settings


class _Reader:
    """Reads one value after the other, and remembers which keys it was asked for."""

    def __init__(self, ini: Mapping[str, str], environ: Mapping[str, str]) -> None:
        self._ini = ini
        self._environ = environ
        self._asked: set[str] = set()

    def text(self, key: str, *, default: str | None = None) -> str:
        """The value, from the environment where it says so; `default=None`: it must be there."""
        self._asked.add(key)
        value = self._ini.get(key, "").strip()
        if value.startswith("env:"):
            name = value.removeprefix("env:")
            value = self._environ.get(name, "").strip()
            if not value and default is None:
                raise SettingsError(key, f"is read from the environment, and {name} is not set")
        if value:
            return value
        if default is None:
            raise SettingsError(key, "is missing")
        return default

    def choice(self, key: str, allowed: tuple[str, ...], *, default: str) -> str:
        """One of a few words."""
        value = self.text(key, default=default).lower()
        if value not in allowed:
            raise SettingsError(key, f"must be {' or '.join(allowed)}, not {value!r}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        word = "true" if default else "false"
        return self.choice(key, ("true", "false"), default=word) == "true"

    def number(self, key: str, low: int, high: int, *, default: int) -> int:
        """A whole number within bounds."""
        value = self.text(key, default=str(default))
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            raise SettingsError(key, f"must be a whole number from {low} to {high}, not {value!r}")
        return int(value)

    def size(self, key: str, *, default: str) -> int:
        """A number of bytes, written as `26214400` or `25 MB`."""
        value = self.text(key, default=default)
        match = re.fullmatch(r"([0-9]{1,12})\s*(KB|MB|GB|)", value.upper())
        if not match or not int(match[1]):
            raise SettingsError(key, f"must be a size such as 25 MB, not {value!r}")
        return int(match[1]) * _UNITS[match[2]]

    def folder(self, key: str) -> Path:
        """An absolute folder, which need not exist yet."""
        return Path(self.text(key)).expanduser().resolve()

    def origin(self, key: str, *, development: bool) -> str:
        """Scheme, host and port. Plain http is for development: cookies need https."""
        value = self.text(key)
        try:
            parts = urlsplit(value)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            host, port = "", None
        plain = host and parts.netloc in (host, f"{host}:{port}") and parts.path in ("", "/")
        if not plain or parts.query or parts.fragment or parts.scheme not in ("http", "https"):
            raise SettingsError(
                key, f"must be an address such as https://help.example.com, not {value!r}"
            )
        if parts.scheme == "http" and not development:
            raise SettingsError(key, "must begin with https:// outside development")
        return f"{parts.scheme}://{parts.netloc}"

    def hosts(self, key: str) -> tuple[str, ...]:
        """Host names, separated by white space, without ports."""
        names = tuple(self.text(key, default="").lower().split())
        for name in names:
            if not _HOST.fullmatch(name):
                raise SettingsError(key, f"must list plain host names, and {name!r} is none")
        return names

    def hosts_and_networks(self, key: str) -> tuple[str | IPv4Network | IPv6Network, ...]:
        """Host names, addresses and networks, separated by white space."""
        found: list[str | IPv4Network | IPv6Network] = []
        for word in self.text(key, default="").lower().split():
            try:
                found.append(ip_network(word))
            except ValueError:
                # What ends like an address and is none is a mistake, not a name.
                if not _HOST.fullmatch(word) or word.rpartition(".")[2].isdigit():
                    raise SettingsError(
                        key,
                        "must list host names, addresses and networks such as 10.0.0.0/8, and "
                        f"{word!r} is none",
                    ) from None
                found.append(word)
        return tuple(found)

    def key(self, key: str, folder_for_auto: Path | None) -> bytes:
        """32 bytes in hexadecimal or base64; `auto` makes them where that is allowed."""
        value = self.text(key)
        if value == "auto" and folder_for_auto is not None:
            return _generated_key(folder_for_auto)
        decoded = _decoded_key(value)
        if decoded is None:
            raise SettingsError(
                key,
                f"must be {KEY_BYTES} random bytes in base64 or hexadecimal; "
                'python3 -c "import secrets; print(secrets.token_hex(32))" makes one',
            )
        return decoded

    def keys(self, key: str) -> tuple[bytes, ...]:
        """Keys as `key` reads them, separated by white space; there may be none."""
        found: list[bytes] = []
        for position, word in enumerate(self.text(key, default="").split(), 1):
            decoded = _decoded_key(word)
            if decoded is None:
                raise SettingsError(
                    key,
                    f"must list keys of {KEY_BYTES} bytes in base64 or hexadecimal, separated by "
                    f"spaces, and number {position} is none",
                )
            found.append(decoded)
        return tuple(found)

    def database_url(self, key: str, *, embedded: bool = False, default: str | None = None) -> str:
        """A PostgreSQL URL. It is never repeated in a complaint, since it holds a password."""
        value = self.text(key, default=default)
        if value == default or (embedded and value == EMBEDDED):
            return value
        wanted = "a postgresql:// URL" + (" or the word embedded" if embedded else "")
        try:
            driver = make_url(value).drivername
        except ArgumentError:
            driver = ""
        if driver not in ("postgresql", "postgresql+psycopg"):
            raise SettingsError(key, f"must be {wanted}")
        return value

    def refuse_unknown(self) -> None:
        """A misspelt key would otherwise leave its default in force without a word."""
        for key in self._ini:
            if key.startswith(_OURS) and key not in self._asked:
                raise SettingsError(key, "is no setting of this portal")


def make_folder(folder: Path) -> None:
    """Make the data folder, or raise a BootError that says why it cannot be used."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BootError(
            f"The data folder {folder} cannot be made ({error.strerror}): "
            "make it writable for this user, or set portal.data to another."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BootError(
            f"The data folder {folder} cannot be written: "
            "make it writable for this user, or set portal.data to another."
        )


def _decoded_key(value: str) -> bytes | None:
    for decode in (bytes.fromhex, _base64):
        try:
            decoded = decode(value)
        except ValueError:  # binascii.Error is one
            continue
        if len(decoded) == KEY_BYTES:
            return decoded
    return None


def _base64(value: str) -> bytes:
    return base64.b64decode(value, validate=True)


def _generated_key(folder: Path) -> bytes:
    """The key of a development installation, made once and readable by its user only."""
    make_folder(folder)
    path = folder / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
    try:
        key = bytes.fromhex(path.read_text())
    except (OSError, ValueError) as error:
        raise BootError(f"The generated key in {path} cannot be read: {error}.") from error
    if len(key) != KEY_BYTES:
        raise BootError(
            f"The generated key in {path} is damaged: restore it, or remove it and with it "
            "the use of every secret it protects."
        )
    return key


__all__ = ["EMBEDDED", "KEY_BYTES", "BootError", "Settings", "SettingsError", "make_folder"]
