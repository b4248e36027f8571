"""Nobody is locked out: of the changes that would leave no admin a way in, none is made.

An admin with a password can always sign in with it at ``login/local``, whatever the settings
are. Where no admin has one, they come through the company's own site alone. Then a change to
what that depends on is made only after a test sign-in with exactly these settings let an admin
in; and neither the last key nor the last admin who can sign in is taken away.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pyramid.config import Configurator
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from portal.people.settings_service import AdminRow, lock_admins, with_password
from portal.signin.attempts import SIGNED_IN
from portal.signin.emails import check_domain
from portal.signin.models import SsoConfig, SsoKey
from portal.signin.refusals import Refusal
from portal.signin.settings_values import Values, fingerprint, read
from portal.tenants.models import Tenant
from portal.web.i18n import N_

_TOKENS, _REMOTE = "jwt_sso", "remote_login"
#: Any change to one of these may end the sign-ins of admins.
_DEPENDED_ON = (
    "admins_by_token",
    "primary_dialect",
    "remote_login_url",
    "authorization_url",
    "auth_url",
    "client_id",
    "company_id",
    "account_id",
    "allowed_email_domains",
    "blocked_email_domains",
    "unsolicited",
)

LOCKED_OUT = N_(
    "No admin has a password here: all of them come through your site, and this changes how. "
    "Save it as a draft and test that with the login of an admin, or give an admin a password "
    "first (People, then “Make a link”)."
)
LAST_KEY = N_(
    "No admin has a password here: all of them come through your site, which would have no key "
    "that it has used before. Let the present key go on for a while, until somebody has come in "
    "with the new one, or give an admin a password first (People, then “Make a link”)."
)


class LockedOutError(Exception):
    """After the change no admin could sign in any more. `names`: the settings that matter."""

    def __init__(self, *names: str) -> None:
        super().__init__(*names)
        self.names = names


def admins_can_sign_in(db: Session, tenant: Tenant, *, without: Collection[str] = ()) -> bool:
    """Whether some admin has a way in: a password, or tokens as far as that can be known here.

    `without`: ids of keys that are about to end; of the others those count that the company's
    site has signed with. Locks the admins' rows until the transaction ends, so that of two
    changes at once the second sees the first.
    """
    admins = lock_admins(db, tenant)
    return bool(with_password(db, tenant, admins) or _by_token(db, tenant, admins, without))


def check_settings(
    db: Session,
    tenant: Tenant,
    before: Values,
    after: Values,
    *,
    test: Mapping[str, Any] | None = None,
) -> None:
    """Whether the settings may become `after`. `test`: the draft's last test sign-in.

    Raises LockedOutError.
    """
    touched = _touched(before, after)
    if not touched:
        return
    admins = lock_admins(db, tenant)
    if with_password(db, tenant, admins) or not _admitted(db, tenant, before, admins):
        # Or nobody has a way in now, which a change cannot make worse.
        return
    if not _is_proof(test, after, admins):
        raise LockedOutError(*touched)


def check_keys(db: Session, tenant: Tenant, ending: Collection[str]) -> None:
    """Whether the keys of these ids may end now. Raises LockedOutError.

    For whoever ends or replaces keys. A key that no token was signed with yet is no way in:
    perhaps the company's site does not have it.
    """
    if not admins_can_sign_in(db, tenant, without=ending) and admins_can_sign_in(db, tenant):
        raise LockedOutError("keys")


def by_token(db: Session, tenant: Tenant, admins: Sequence[AdminRow]) -> set[int]:
    """Those of the admins whom a token may sign in, as the settings and the keys are now."""
    return _by_token(db, tenant, admins, ())


def _by_token(
    db: Session, tenant: Tenant, admins: Sequence[AdminRow], without: Collection[str]
) -> set[int]:
    config = db.scalar(
        select(SsoConfig)
        .where(SsoConfig.tenant_id == tenant.id)
        .execution_options(populate_existing=True)
    )
    if config is None:
        return set()
    return _admitted(db, tenant, read(config, tenant), admins, without)


def _admitted(
    db: Session,
    tenant: Tenant,
    values: Values,
    admins: Sequence[AdminRow],
    without: Collection[str] = (),
) -> set[int]:
    """Those whom nothing of what is known here keeps out. Whether their site does its part, only
    a real sign-in shows."""
    if not _tokens_are_on(values) or not _has_key(db, tenant, without):
        return set()
    return {admin.id for admin in admins if _domain_is_let_in(admin.email, values)}


def _tokens_are_on(values: Values) -> bool:
    starts_here = _REMOTE in values["authenticators"] and bool(
        values["remote_login_url"] or values["authorization_url"]
    )
    return bool(
        values["admins_by_token"]
        and values["dialects"]
        and _TOKENS in values["authenticators"]
        and (starts_here or values["unsolicited"] != "deny")
    )


def _has_key(db: Session, tenant: Tenant, without: Collection[str]) -> bool:
    live = select(SsoKey.kid).where(
        SsoKey.tenant_id == tenant.id,
        SsoKey.state != "retired",
        or_(SsoKey.not_after.is_(None), SsoKey.not_after > datetime.now(UTC)),
    )
    if without:
        live = live.where(SsoKey.kid.not_in(without), SsoKey.last_used_at.is_not(None))
    return db.scalar(live.limit(1)) is not None


def _domain_is_let_in(email: str, values: Values) -> bool:
    try:
        check_domain(
            email,
            allowed=values["allowed_email_domains"],
            blocked=values["blocked_email_domains"],
        )
    except Refusal:
        return False
    return True


def _touched(before: Values, after: Values) -> list[str]:
    """The settings whose change may shut admins out. What only lets more in is none."""
    names = [name for name in _DEPENDED_ON if before[name] != after[name]]
    if set(before["dialects"]) - set(after["dialects"]):
        names.append("dialects")
    if after["leeway"] < before["leeway"]:
        names.append("leeway")
    if ({_TOKENS, _REMOTE} & set(before["authenticators"])) - set(after["authenticators"]):
        names.append("authenticators")
    return names


def _is_proof(test: Mapping[str, Any] | None, after: Values, admins: Sequence[AdminRow]) -> bool:
    """Whether the test let somebody in who is an admin now, with exactly these settings."""
    return (
        test is not None
        and test.get("code") == SIGNED_IN
        and test.get("fingerprint") == fingerprint(after)
        and test.get("user_id") in {admin.id for admin in admins}
    )


def includeme(config: Configurator) -> None:
    """Let the people's room know of the admins whom a token signs in."""
    config.add_way_in(by_token)
