"""Between the password and the second factor: a state on our side, bound to the browser."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from portal.factors.models import SecondStep
from portal.factors.service import Factors, Held
from portal.people.models import User
from portal.security import cookies
from portal.signin.expiry import expired
from portal.signin.finish import sign_in
from portal.signin.methods import PASSWORD
from portal.web.redirects import SafeURL, page, see_other

KEPT_FOR = timedelta(minutes=5)
_PURPOSE = "second"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who gave the right password in this browser."""

    user: User
    target: str
    held: Held


def after_password(
    request: Request, user: User, *, target: SafeURL | None, sensitive: bool = False
) -> Response:
    """Go on after the right password: sign in, or ask for the second factor.

    The cookie is new with every password: one that somebody else has put into the browser before
    names nothing. Whoever is signed in there stays so until the second factor is right.
    """
    if not Factors(request.db, request.tenant).held(user):
        return sign_in(request, user, target=target, methods=[PASSWORD], sensitive=sensitive)
    token, now = secrets.token_urlsafe(32), datetime.now(UTC)
    request.db.execute(
        insert(SecondStep)
        .add_cte(expired(SecondStep, request.tenant.id, now))
        .values(
            tenant_id=request.tenant.id,
            token_hash=cookies.value_hash(token),
            user_id=user.id,
            password_mark=_mark(user),
            target=target or "",
            expires_at=now + KEPT_FOR,
        )
    )
    _keep(request, token, int(KEPT_FOR.total_seconds()))
    second = page(request, request.context_tenant, "login", "second")
    return see_other(request, second, sensitive=sensitive)


def waiting(request: Request) -> Waiting | None:
    """Who is asked for a second factor in this browser; None when nobody is, or no more."""
    token = step_token(request)
    if token is None:
        return None
    row = request.db.execute(
        select(SecondStep, User)
        .join(User, (User.tenant_id == SecondStep.tenant_id) & (User.id == SecondStep.user_id))
        .where(
            SecondStep.tenant_id == request.tenant.id,
            SecondStep.token_hash == cookies.value_hash(token),
            SecondStep.expires_at > datetime.now(UTC),
        )
    ).one_or_none()
    if row is None:
        return None
    step, user = row
    if user.disabled_at is not None or step.password_mark != _mark(user):
        return None
    held = Factors(request.db, request.tenant).held(user)
    return Waiting(user, step.target, held) if held else None


def finish(request: Request) -> bool:
    """The step is done: once, whoever else answers it at the same time."""
    token = step_token(request)
    _keep(request, "", 0)
    if token is None:
        return False
    done = request.db.execute(
        delete(SecondStep)
        .where(
            SecondStep.tenant_id == request.tenant.id,
            SecondStep.token_hash == cookies.value_hash(token),
        )
        .returning(SecondStep.user_id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def step_token(request: Request) -> str | None:
    """The value of the step's own cookie."""
    value: str | None = request.cookies.get(cookies.beside_name(request, _PURPOSE))
    return value if value and len(value) == 43 and value.isascii() else None


def _mark(user: User) -> bytes:
    return hashlib.sha256((user.password_hash or "").encode("ascii")).digest()


def _keep(request: Request, token: str, seconds: int) -> None:
    # No other site leads to the second step.
    cookies.send_beside(request, _PURPOSE, token, seconds, "Strict")
