"""Values of the operator's ini file: each is read, checked, and complained of by its key."""

import base64
import os
import re
import secrets
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
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


class SettingsReader:
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
