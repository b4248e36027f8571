"""A refused sign-in in the log. Other rooms that sign people in write theirs here too."""

import structlog
from pyramid.request import Request

from portal.db.session import separate_transaction
from portal.signin import attempts
from portal.signin.codes import Code
from portal.signin.first_use import first_use, likely_cause
from portal.signin.pipeline import AlreadyUsed
from portal.signin.refusals import Refusal
from portal.signin.requests import address, give_back
from portal.signin.throttles import REFUSED_TOKENS, Throttles
from portal.web.clock import now

log = structlog.get_logger("portal.signin")


def write_down(request: Request, refusal: Refusal) -> None:
    """Log the refusal, and count it against the address it came from.

    In a transaction of its own, since nothing else of the request is kept. Those who are
    throttled are not logged, so that a flood does not fill the log.
    """
    attempt = request.sign_in_attempt
    log.info(
        "sign-in refused",
        code=refusal.code.value,
        step=refusal.step.value if refusal.step else None,
        authenticator=attempt.authenticator,
        dialect=attempt.trace.dialect,
    )
    if request.tenant is None or refusal.code is Code.RATE_LIMITED:
        return
    if request.sign_in_trial is not None:
        # Somebody looked at the token of a test before its visitor came: that is nobody's try.
        return
    give_back(request)
    with separate_transaction(request) as db, db.begin():
        if isinstance(refusal, AlreadyUsed):
            used = first_use(db, request.tenant.id, refusal.replay_key)
            refusal.hint = likely_cause(used, attempt, now()) if used is not None else None
        attempts.record(db, request.tenant.id, attempt, refusal)
        if attempt.trace.dialect is not None:
            Throttles(db, request.tenant.id).count(REFUSED_TOKENS, address(request))
