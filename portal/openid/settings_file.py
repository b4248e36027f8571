"""The tables [[openid_providers]] of a tenant file."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.config import Configurator

from portal.openid.forms import (
    AUDIENCES,
    PROVISIONING,
    as_lines,
    as_roles,
    client_id_rule,
    group_line,
    issuer_rule,
    scope_rule,
)
from portal.openid.models import OpenidProvider
from portal.openid.provider import Kind
from portal.openid.providers import Providers
from portal.security.secrets import SecretBox, secret_box
from portal.signin.settings_rules import email_domain
from portal.tenants import rules
from portal.tenants.files import (
    MASK,
    Around,
    Choice,
    Field,
    Flag,
    Record,
    Secret,
    SecretText,
    Section,
    Text,
    Texts,
    Work,
)
from portal.web.clock import now
from portal.web.i18n import N_

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}", re.ASCII)


class ProvidersSection(Section):
    """`[[openid_providers]]`: where people may sign in from."""

    table = "openid_providers"
    many = True
    order = 36
    key = "key"

    def __init__(self, box: SecretBox) -> None:
        self.box = box

    def fields(self, around: Around) -> Mapping[str, Field]:
        """`key` is in the redirect URI, and stays."""
        return {
            "key": Text(rule=_key),
            "kind": Choice(words=tuple(Kind)),
            "name": Text(rule=rules.one_line),
            "issuer": Text(rule=issuer_rule),
            "client_id": Text(rule=client_id_rule),
            "client_secret": Secret(),
            "scopes": Texts(rule=scope_rule),
            "audience": Choice(words=tuple(AUDIENCES)),
            "provisioning": Choice(words=tuple(PROVISIONING)),
            "email_domains": Texts(rule=email_domain),
            "trust_email": Flag(),
            "group_claim": Text(rule=rules.one_line, empty=True),
            "groups": Texts(rule=group_line),
            "admins": Flag(),
            "signs_out": Flag(),
            "disabled": Flag(),
        }

    def apply(self, work: Work, records: Sequence[Record]) -> None:
        """Make or change providers; one that is not named stays as it is."""
        providers = Providers(work.db, work.tenant, self.box)
        for record in records:
            row = providers.row(record.values["key"])
            if row is None:
                self._add(work, record, providers)
            elif record.values.get("issuer", row.issuer) != row.issuer:
                work.wrong(record, "issuer", "cannot be changed: give the provider another key")
            elif self._is_sound(work, record, row):
                work.update(row, _columns(record, row), "openid.provider_changed", row.name)
                self._set_secret(work, row, record.secret("client_secret"), providers)

    def _add(self, work: Work, record: Record, providers: Providers) -> None:
        if not work.require(record, "name", "issuer", "client_id"):
            return
        secret = record.secret("client_secret")
        if secret is not None and secret.value is None:
            work.wrong(record, "client_secret", "is masked, and there is none to leave alone")
            return
        if not self._is_sound(work, record, None):
            return
        given = {"scopes": ["openid", "email", "profile"], **_columns(record, None)}
        row = providers.create(
            secret.value if secret is not None else None,
            key=record.values["key"],
            issuer=record.values["issuer"],
            **given,
        )
        work.audit.record("openid.provider_added", row.name)

    def _is_sound(self, work: Work, record: Record, row: OpenidProvider | None) -> bool:
        """The rules of the form, for what the record leaves in force."""

        def value(name: str, default: Any) -> Any:
            stands = getattr(row, name) if row is not None else default
            return record.values.get(name, stands)

        roles = (
            as_roles(record.values["groups"])
            if "groups" in record.values
            else (row.group_roles if row is not None else {})
        )
        domains, creates = value("email_domains", []), value("provisioning", "existing")
        if "openid" not in value("scopes", ["openid"]):
            work.wrong(record, "scopes", 'must have "openid" among them')
        elif value("trust_email", False) and not domains:
            work.wrong(record, "email_domains", "must be given where e-mail addresses are trusted")
        elif (
            value("audience", "agents") == "agents"
            and creates == "create"
            and not domains
            and not roles
        ):
            work.wrong(record, "email_domains", "or groups must be given where agents are made")
        elif roles and not value("group_claim", ""):
            work.wrong(record, "group_claim", "must be given where groups have roles")
        elif "admin" in roles.values() and not value("admins", False):
            work.wrong(record, "groups", "make admins only where admins = true")
        else:
            return True
        return False

    def _set_secret(
        self, work: Work, row: OpenidProvider, secret: SecretText | None, providers: Providers
    ) -> None:
        if secret is None or secret.value is None or providers.has_secret(row, secret.value):
            return
        providers.set_secret(row, secret.value)
        work.audit.record("openid.secret_changed", row.name)

    def show(self, work: Work) -> Sequence[Mapping[str, Any]]:
        """The providers in their order, their secrets masked."""
        return [
            {
                "key": row.key,
                "kind": row.kind,
                "name": row.name,
                "issuer": row.issuer,
                "client_id": row.client_id,
                "client_secret": MASK if row.secret_encrypted is not None else None,
                "scopes": row.scopes,
                "audience": row.audience,
                "provisioning": row.provisioning,
                "email_domains": row.email_domains,
                "trust_email": row.trust_email,
                "group_claim": row.group_claim,
                "groups": as_lines(row.group_roles),
                "admins": row.admins,
                "signs_out": row.signs_out,
                "disabled": row.disabled_at is not None,
            }
            for row in Providers(work.db, work.tenant, self.box).all()
        ]


def _columns(record: Record, row: OpenidProvider | None) -> dict[str, Any]:
    """What the record says, as columns."""
    values = record.given(
        "kind",
        "name",
        "client_id",
        "scopes",
        "audience",
        "provisioning",
        "email_domains",
        "trust_email",
        "group_claim",
        "admins",
        "signs_out",
    )
    if "groups" in record.values:
        values["group_roles"] = as_roles(record.values["groups"])
    if "disabled" in record.values:
        was = row.disabled_at if row is not None else None
        values["disabled_at"] = (was or now()) if record.values["disabled"] else None
    return values


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise ValueError(N_("Use letters a–z, digits and dashes, at most 60 of them."))
    return text


def includeme(config: Configurator) -> None:
    """Register the tables."""
    box = secret_box(config.registry["portal.settings"])
    config.add_tenant_file_section(ProvidersSection(box))
