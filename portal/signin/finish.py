"""The end of every sign-in: a new session, a line in the log, and the way on."""

from collections.abc import Sequence

from pyramid.request import Request
from pyramid.response import Response

from portal.people.models import Role, User
from portal.security.authenticators import LOCAL_WAYS
from portal.security.browsers import start_session
from portal.security.secrets import secret_box
from portal.signin import attempts
from portal.signin.codes import Code, Notice, Step
from portal.signin.events import SignedIn
from portal.signin.keyring import Keyring
from portal.signin.pipeline import Judged, Pipeline, Visit
from portal.signin.refusals import Refusal
from portal.web.i18n import N_
from portal.web.redirects import SafeURL, page, see_other


def complete(request: Request, pipeline: Pipeline, judged: Judged, visit: Visit) -> Response:
    """Use the assertion up, sign the browser in and send it on. Raises ``Refusal``."""
    user = pipeline.complete(judged, request.reference)
    if judged.assertion.key_id is not None:
        _note_key(request, pipeline, judged.assertion.key_id)
    flashes = []
    _ = request.gettext
    if Notice.REDIRECT_BLOCKED in pipeline.trace.notices:
        text = _("The page you were sent to is not part of this help desk. This is your home page.")
        flashes.append({"tone": "amber", "text": text})
    if visit.pending is None:
        # Nobody asked for this sign-in here: say whose account it is.
        text = _("Signed in as %(name)s. Not you? Sign out in the menu above.", name=user.name)
        flashes.append({"tone": "", "text": text})
    return sign_in(
        request,
        user,
        target=judged.target,
        key_id=judged.assertion.key_id or judged.assertion.provider,
        methods=judged.assertion.methods,
        flashes=flashes,
        sensitive=True,
    )


def _note_key(request: Request, pipeline: Pipeline, kid: str) -> None:
    """The key was used, unless it was marked as leaked since it verified. Raises ``Refusal``."""
    keyring = Keyring(request.db, request.tenant, secret_box(request.portal))
    if keyring.used(kid):
        return
    with pipeline.trace.step(Step.SIGNATURE):
        raise Refusal(
            Code.TOKEN_SIGNATURE_INVALID,
            hint=N_("The key “%(kid)s” was marked as leaked while the visitor came.", kid=kid),
            seen=kid,
        )


def sign_in(
    request: Request,
    user: User,
    *,
    target: SafeURL | None,
    key_id: str | None = None,
    methods: Sequence[str] = (),
    flashes: list[dict[str, str]] | None = None,
    sensitive: bool = False,
) -> Response:
    """A session under a new id for ``user``, in the request's transaction.

    ``methods``: how they proved who they are, in words of RFC 8176.
    """
    attempt = request.sign_in_attempt
    with attempt.trace.step(Step.SESSION):
        session = start_session(
            request,
            user,
            request.sign_in_configuration.lifetime(Role(user.role)),
            authenticator=attempt.authenticator,
            key_id=key_id,
            methods=methods,
            proven=attempt.authenticator in LOCAL_WAYS,
        )
        session.flashes = [*session.flashes, *(flashes or [])]
    attempts.record(request.db, request.tenant.id, attempt)
    goal = target or page(request, request.context_tenant)
    request.registry.notify(
        SignedIn(request, user, attempt.authenticator, attempt.trace.dialect, goal)
    )
    return see_other(request, goal, sensitive=sensitive)
