"""The tables [sso] and [[sso.keys]] of a tenant file."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pyramid.config import Configurator

from portal.security.authenticators import REGISTRY_KEY, AuthenticatorRegistry
from portal.security.secrets import secret_box
from portal.signin import settings_rules as rules
from portal.signin.dialects import dialects
from portal.signin.keyring import GRACE, Keyring, Material
from portal.signin.lockout import LockedOutError
from portal.signin.models import SsoKey
from portal.signin.settings_service import LOCAL_PASSWORD, SignInSettings
from portal.signin.settings_values import Values
from portal.tenants.files import (
    MASK,
    Around,
    Choice,
    Field,
    Flag,
    Moment,
    Record,
    Secret,
    Section,
    Text,
    Texts,
    Whole,
    Work,
)
from portal.tenants.models import DEFAULT_AUTHENTICATORS

#: Keys of [sso] that are columns of the same name.
_COLUMNS = (
    "dialects",
    "remote_login_url",
    "remote_logout_url",
    "auth_url",
    "authorization_url",
    "client_id",
    "allowed_redirect_hosts",
    "allowed_origins",
    "leeway",
    "provisioning",
    "sync_profile",
    "sync_role",
    "admins_by_token",
    "allowed_email_domains",
    "blocked_email_domains",
    "unsolicited",
    "session_idle_seconds",
    "session_absolute_seconds",
    "staff_idle_seconds",
    "staff_absolute_seconds",
)
_DAYS_90 = 90 * 86_400


class SsoSection(Section):
    """`[sso]`."""

    table = "sso"
    order = 30

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The settings of the sign-in page."""
        development = around.settings.development
        url = Text(rule=rules.address(development), empty=True)
        domains = Texts(rule=rules.email_domain)
        dialect = _one_of("dialect", frozenset(dialects(around.registry)))
        lifetime = Whole(low=60, high=_DAYS_90)
        return {
            "dialects": Texts(rule=dialect),
            "primary": Text(rule=dialect, empty=True),
            "remote_login_url": url,
            "remote_logout_url": url,
            "auth_url": url,
            "authorization_url": url,
            "client_id": Text(rule=rules.client_id, empty=True),
            "allowed_redirect_hosts": Texts(rule=rules.redirect_host),
            "allowed_origins": Texts(rule=rules.browser_origin(development)),
            "leeway": Whole(low=0, high=60),
            "provisioning": Choice(words=("create", "existing", "off")),
            "sync_profile": Flag(),
            "sync_role": Flag(),
            "role_cap": Choice(words=("customer", "agent", "")),
            "admins_by_token": Flag(),
            "allowed_email_domains": domains,
            "blocked_email_domains": domains,
            "unsolicited": Choice(words=("allow", "confirm", "deny")),
            "local_password": Flag(),
            "authenticators": Texts(rule=_one_of("way to sign in", _authenticators(around))),
            "session_idle_seconds": lifetime,
            "session_absolute_seconds": lifetime,
            "staff_idle_seconds": lifetime,
            "staff_absolute_seconds": lifetime,
            "log_days": Whole(low=1, high=3650),
        }

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Change the settings; a new tenant has them from the start, with their defaults."""
        settings = SignInSettings(work.db, work.tenant, work.audit)
        before = settings.lock()
        for record in records:
            values = self._values(work, record, before)
            self._check(work, record, before | values)
            if not work.problems:
                self._change(work, record, settings, values)
                kept = record.given("log_days")
                work.update(settings.config(), kept, "signin.changed", "")

    def _values(self, work: Work, record: Record, before: Values) -> Values:
        """The settings that the file gives, by our names."""
        values = record.given(*_COLUMNS)
        if "primary" in record.values:
            values["primary_dialect"] = record.values["primary"]
        if "role_cap" in record.values:
            values["role_cap"] = record.values["role_cap"] or None
        names: list[str] = record.values.get("authenticators", before["authenticators"])
        local: bool | None = record.values.get("local_password")
        if local is not None and local != (LOCAL_PASSWORD in names):
            if "authenticators" in record.values:
                work.wrong(record, "local_password", "contradicts authenticators")
            # After every other way.
            names = [name for name in names if name != LOCAL_PASSWORD]
            names = [*names, LOCAL_PASSWORD] if local else names
        return values | {"authenticators": names}

    def _check(self, work: Work, record: Record, then: Values) -> None:
        """What depends on several keys, those included that the file leaves alone."""
        primary = then["primary_dialect"]
        if primary and primary not in then["dialects"]:
            work.wrong(record, "primary", f'"{primary}" is not among the dialects')
        for who in ("session", "staff"):
            if then[f"{who}_idle_seconds"] > then[f"{who}_absolute_seconds"]:
                work.wrong(record, f"{who}_idle_seconds", f"is more than {who}_absolute_seconds")

    def _change(self, work: Work, record: Record, settings: SignInSettings, values: Values) -> None:
        # A new tenant has no state to go back to.
        kind = "first" if work.created else "file"
        try:
            settings.change(values, kind)
        except LockedOutError as error:
            work.wrong(
                record,
                error.names[0],
                "would lock every admin out: none has a password, so tokens are their only way in",
            )

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """The settings, all of them."""
        config = SignInSettings(work.db, work.tenant, work.audit).config()
        return [
            {
                "dialects": config.dialects,
                "primary": config.primary_dialect,
                **{name: getattr(config, name) for name in _COLUMNS[1:]},
                "role_cap": config.role_cap or "",
                "local_password": LOCAL_PASSWORD in work.tenant.authenticators,
                "authenticators": work.tenant.authenticators,
                "log_days": config.log_days,
            }
        ]


class SsoKeySection(Section):
    """`[[sso.keys]]`: the current key, and perhaps a previous one that still verifies."""

    table = "sso.keys"
    many = True
    order = 31
    key = "kid"

    def fields(self, around: Around) -> Mapping[str, Field]:
        """The algorithm belongs to the key, whatever a token says."""
        return {
            "kid": Text(rule=rules.key_id),
            "algorithm": Choice(words=("HS256", "RS256")),
            "secret": Secret(shortest=rules.SHORTEST_SECRET),
            "public_key": Text(rule=rules.public_key),
            "state": Choice(words=("current", "previous")),
            "not_after": Moment(),
        }

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Add keys, or change what a key is. A key that is there keeps its state."""
        states = [record.values.get("state", "current") for record in records]
        if len(records) > 2 or len(set(states)) < len(states):
            work.wrong(
                records[-1],
                "",
                'is too many: one key may be current, and one more have state = "previous"',
            )
            return
        keyring = keyring_of(work)
        # The current one first: it makes way for itself.
        for record in sorted(records, key=lambda record: record.values.get("state", "current")):
            row = work.db.get(SsoKey, (work.tenant.id, record.values["kid"]))
            if row is None:
                self._add(work, record, keyring)
            elif row.state == "retired":
                work.wrong(record, "kid", f'"{row.kid}" has ended; give the key another kid')
            else:
                self._change(work, record, keyring, row)

    def _add(self, work: Work, record: Record, keyring: Keyring) -> None:
        material = self._material(work, record, record.values.get("algorithm", "HS256"))
        if material is None:
            return
        kid = record.values["kid"]
        if record.values.get("state") == "previous":
            ends = record.values.get("not_after") or datetime.now(UTC) + timedelta(hours=GRACE)
            keyring.add_previous(kid, ends, material)
        else:
            keyring.add(kid, material)
        work.audit.record("signin.key_added", kid)

    def _material(self, work: Work, record: Record, algorithm: str) -> Material | None:
        """What the key verifies with, as its algorithm wants it; None when that is not there."""
        secret, public_key = record.secret("secret"), record.values.get("public_key")
        if algorithm == "RS256":
            if secret is not None:
                work.wrong(record, "secret", "is for HS256; RS256 has a public_key")
            given = work.require(record, "public_key")
            return Material("RS256", public_key) if given and public_key else None
        if public_key is not None:
            work.wrong(record, "public_key", "is for RS256; HS256 has a secret")
        if not work.require(record, "secret") or secret is None:
            return None
        if secret.value is None:
            work.wrong(record, "secret", "is masked, and there is none to leave alone")
            return None
        return Material("HS256", secret.value)

    def _change(self, work: Work, record: Record, keyring: Keyring, row: SsoKey) -> None:
        algorithm = record.values.get("algorithm", row.algorithm)
        secret = record.secret("secret")
        masked = secret is not None and secret.masked and algorithm == row.algorithm
        if not masked and {"secret", "public_key"} & set(record.values):
            material = self._material(work, record, algorithm)
            if material is not None and (
                material.algorithm != row.algorithm
                or material.text.encode() != keyring.material(row)
            ):
                keyring.set_material(row, material)
                work.audit.record("signin.key_changed", row.kid)
        elif algorithm != row.algorithm:
            work.wrong(record, "algorithm", f"is {row.algorithm} for this key")
        if row.state == "previous" and "not_after" in record.values:
            work.update(row, record.given("not_after"), "signin.key_changed", row.kid)

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """The live keys."""
        return [
            {
                "kid": row.kid,
                "algorithm": row.algorithm,
                "secret": MASK if row.secret_encrypted else None,
                "public_key": row.public_key,
                "state": "previous" if row.state == "previous" else None,
                "not_after": row.not_after,
            }
            for row in keyring_of(work).live()
        ]


def keyring_of(work: Work) -> Keyring:
    """The keys of the tenant that is worked on."""
    return Keyring(work.db, work.tenant, secret_box(work.around.settings))


def _one_of(what: str, words: frozenset[str]) -> Any:
    def rule(text: str) -> str:
        if text not in words:
            raise ValueError(f'"{text[:60]}" is no {what}: {", ".join(sorted(words))}')
        return text

    return rule


def _authenticators(around: Around) -> frozenset[str]:
    installed: AuthenticatorRegistry = around.registry[REGISTRY_KEY]
    return frozenset({*installed.names(), *DEFAULT_AUTHENTICATORS})


def includeme(config: Configurator) -> None:
    """Register the two tables."""
    config.add_tenant_file_section(SsoSection())
    config.add_tenant_file_section(SsoKeySection())
