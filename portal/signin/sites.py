"""Sign-ins at the tenant's other sites, in the same log as those that lead here.

The room that issues them calls this; what a line looks like is known here alone.
"""

from contextlib import suppress

from pyramid.request import Request

from portal.people.models import User
from portal.signin import attempts
from portal.signin.codes import Step
from portal.signin.emails import mask_email
from portal.signin.refusals import Refusal
from portal.web.i18n import Message

#: The way of these lines: out of the help desk, not into it.
WAY = "site"
_LONGEST_NAME = 200


def note_site(
    request: Request,
    site: str,
    *,
    user: User | None = None,
    exchanged: Message | None = None,
    refusal: Refusal | None = None,
) -> None:
    """Write down that somebody was signed in at a site, or why not.

    ``site`` is its name, or what a stranger says it is called. ``exchanged`` says what the site
    brought. It is written in the request's own transaction, which goes on after a refusal: what a
    replayed code led to has to be revoked in it.
    """
    attempt = request.sign_in_attempt
    attempt.authenticator, trace = WAY, attempt.trace
    if user is not None:
        trace.user_id, trace.masked_email = user.id, mask_email(user.email)
    with trace.step(Step.SITE) as check:
        check.seen = site[:_LONGEST_NAME]
    with suppress(Refusal), trace.step(Step.EXCHANGE) as check:
        if refusal is not None:
            raise refusal
        check.seen = exchanged or ""
    attempts.record(request.db, request.tenant.id, attempt, refusal)
