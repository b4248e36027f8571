"""A token that is used a second time: what its first use looked like, and what that tells."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.signin.attempts import SIGNED_IN, Attempt
from portal.signin.clients import ClientKind, client_of
from portal.signin.models import SsoAttempt, SsoReplay
from portal.web.i18n import N_, Message


@dataclass(frozen=True, slots=True)
class FirstUse:
    """The sign-in that used a token up."""

    used_at: datetime
    #: Finds it in the sign-in log; None for one that is no longer known.
    reference: str | None
    ip: str | None = None
    user_agent: str | None = None


def first_use(db: Session, tenant_id: int, replay_key: bytes) -> FirstUse | None:
    """Who used up what is remembered under ``replay_key``; None when nobody did."""
    row = db.execute(
        select(SsoReplay.used_at, SsoReplay.reference, SsoAttempt.ip, SsoAttempt.user_agent)
        .outerjoin(
            SsoAttempt,
            (SsoAttempt.tenant_id == SsoReplay.tenant_id)
            & (SsoAttempt.reference == SsoReplay.reference)
            & (SsoAttempt.code == SIGNED_IN),
        )
        .where(SsoReplay.tenant_id == tenant_id, SsoReplay.token_hash == replay_key)
        .limit(1)
    ).first()
    return FirstUse(*row) if row is not None else None


def likely_cause(first: FirstUse, again: Attempt, now: datetime) -> Message:
    """Why the same token came ``again``: as the two clients look."""
    seconds = max(0, round((now - first.used_at).total_seconds()))
    if first.ip is None or first.user_agent is None:
        return N_("The token was used %(seconds)d s earlier.", seconds=seconds)
    client = client_of(first.user_agent)
    facts = {"client": client.name, "seconds": seconds, "ip": first.ip}
    facts["reference"] = first.reference or ""
    if client.kind is ClientKind.PREVIEW:
        return N_(
            "“%(client)s” opened the link %(seconds)d s earlier (reference %(reference)s): a "
            "preview or a mail scanner came first. Do not put the link into messages: make the "
            "token when the visitor clicks.",
            **facts,
        )
    if client.kind is ClientKind.PROGRAM and client.name:
        return N_(
            "“%(client)s” used it %(seconds)d s earlier from %(ip)s (reference %(reference)s): a "
            "program followed the redirect. Hand the address to the visitor’s browser instead of "
            "following it.",
            **facts,
        )
    if client.kind is ClientKind.PROGRAM:
        return N_(
            "A program without a name used it %(seconds)d s earlier from %(ip)s (reference "
            "%(reference)s). Hand the address to the visitor’s browser instead of following it.",
            **facts,
        )
    if (first.ip, first.user_agent) == (again.ip, again.user_agent):
        return N_(
            "The same browser used it %(seconds)d s earlier (reference %(reference)s): the "
            "visitor went back, reloaded the page or clicked twice.",
            **facts,
        )
    return N_(
        "Another browser used it %(seconds)d s earlier from %(ip)s (reference %(reference)s): the "
        "link was passed on, or your site gives one token to several visitors, from a cache "
        "perhaps.",
        **facts,
    )
