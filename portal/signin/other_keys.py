"""Which key was it? Keys that verify nothing here, asked when none fits: for the admin's hint."""

from dataclasses import dataclass

from sqlalchemy import column, func, select
from sqlalchemy.orm import Session
from sqlalchemy.types import BigInteger, LargeBinary, Text

from portal.security.secrets import SecretBox
from portal.signin.jose import Token
from portal.signin.keyring import Keyring
from portal.signin.keys import signed_with
from portal.signin.models import SsoKey
from portal.tenants.models import Tenant
from portal.web.i18n import N_, Message

#: The one look at other tenants' keys, with its owner's rights; see docs/decisions/.
_KEYS_OF_SAME_ADMINS = func.keys_of_same_admins().table_valued(
    column("found_tenant_id", BigInteger),
    column("found_kid", Text),
    column("found_secret", LargeBinary),
)


@dataclass(frozen=True, slots=True)
class OtherKeys:
    """Keys that a tenant had, and those of its admins' other tenants."""

    db: Session
    tenant: Tenant
    box: SecretBox

    def explain(self, token: Token) -> Message | None:
        """Whose key signed the token, or which the header names. Opens nothing."""
        kid = token.header.get("kid")
        own = self.db.get(SsoKey, (self.tenant.id, kid)) if _is_plain(kid) else None
        if own is not None and own.state == "retired":
            return _ended(own)
        return self._elsewhere(token) or (_not_with_it(own) if own is not None else None)

    def _elsewhere(self, token: Token) -> Message | None:
        if token.header.get("alg") != "HS256":
            return None
        for tenant_id, kid, sealed in self.db.execute(select(_KEYS_OF_SAME_ADMINS)):
            other = self.db.get_one(Tenant, tenant_id)
            row = SsoKey(tenant_id=tenant_id, kid=kid, secret_encrypted=sealed)
            secret = Keyring(self.db, other, self.box).material(row)
            if secret is not None and signed_with(token, secret):
                return N_(
                    "Signed with the key of “%(name)s”, another help desk of yours. Sign with "
                    "the key of this one.",
                    name=other.name,
                )
        return None


def _is_plain(kid: object) -> bool:
    """Whether the text can be looked up: no column holds NUL or half a character."""
    return isinstance(kid, str) and kid.isprintable() and len(kid) <= 255


def _ended(key: SsoKey) -> Message:
    """The secret is forgotten by then, so that only the name can be compared."""
    if key.compromised_at is not None:
        return N_(
            "The token names the key “%(kid)s”, which was marked as leaked on %(day)s. Sign with "
            "the current key.",
            kid=key.kid,
            day=key.compromised_at.date().isoformat(),
        )
    if key.not_after is None:
        return N_(
            "The token names the key “%(kid)s”, which has ended. Sign with the current key.",
            kid=key.kid,
        )
    return N_(
        "The token names the key “%(kid)s”, which ended on %(day)s. Sign with the current key.",
        kid=key.kid,
        day=key.not_after.date().isoformat(),
    )


def _not_with_it(key: SsoKey) -> Message:
    return N_(
        "The token names the key “%(kid)s”, and is signed with something else: the secret on your "
        "server is another one.",
        kid=key.kid,
    )
