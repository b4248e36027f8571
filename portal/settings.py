"""What the operator sets, parsed once at the start.

The `[app:main]` section of an ini file, with values of the form `env:NAME` read from the
environment, becomes one frozen `Settings`. A missing, malformed or unknown key stops the start
with one sentence that names it, so that nothing is found out later by a visitor.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from portal.settings_reader import (
    EMBEDDED,
    KEY_BYTES,
    BootError,
    SettingsError,
    SettingsReader,
    make_folder,
)

__all__ = ["EMBEDDED", "KEY_BYTES", "BootError", "Settings", "SettingsError", "make_folder"]


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
        read = SettingsReader(ini, environ)
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
