"""The sign-in log: one line for every attempt, also for those that were refused."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.signin.expiry import outlived_attempts
from portal.signin.models import SsoAttempt
from portal.signin.refusals import Refusal
from portal.signin.trace import Trace, storable, stored
from portal.web.i18n import Message, translate

SIGNED_IN = "signed_in"
_AGENT_LIMIT = 400


@dataclass(slots=True)
class Attempt:
    """One try to sign in, as far as it has come."""

    reference: str
    ip: str
    user_agent: str
    #: Which way in: an authenticator's name.
    authenticator: str = ""
    trace: Trace = field(default_factory=Trace)


def record(db: Session, tenant_id: int, attempt: Attempt, refusal: Refusal | None = None) -> None:
    """Write the attempt: signed in, or refused; and clear away lines that were kept long enough.

    A refusal aborts its own transaction, so ``db`` must then be another one.
    """
    trace, now = attempt.trace, datetime.now(UTC)
    hint = refusal.hint if refusal is not None else None
    statement = insert(SsoAttempt).values(
        tenant_id=tenant_id,
        reference=attempt.reference,
        authenticator=attempt.authenticator,
        dialect=trace.dialect,
        code=refusal.code.value if refusal is not None else SIGNED_IN,
        hint=_in_english(hint),
        warnings=[notice.value for notice in trace.notices],
        trace=_with_hint(trace, hint),
        user_id=trace.user_id,
        masked_email=trace.masked_email,
        jti_hash=trace.jti_hash,
        key_id=trace.key_id,
        age_seconds=trace.age,
        ip=attempt.ip,
        user_agent=attempt.user_agent[:_AGENT_LIMIT],
        created_at=now,
    )
    db.execute(statement.add_cte(outlived_attempts(tenant_id, now)))


def _in_english(hint: Message | None) -> str:
    # It may quote what a stranger sent.
    return storable(translate("en", hint)) if hint is not None else ""


def _with_hint(trace: Trace, hint: Message | None) -> list[dict[str, object]]:
    """The checks; the one that failed brings the hint in a form that can be translated."""
    rows: list[dict[str, object]] = list(trace.as_json())
    if hint is not None and rows:
        rows[-1] = rows[-1] | {"hint": stored(hint)}
    return rows
