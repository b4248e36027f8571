"""Who calls `api/auth/…`, and how a refused call is written down and answered."""

from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import exception_view_config

from portal.api.errors import KEY_CHALLENGE, error_body
from portal.db.session import separate_transaction
from portal.security.identity import ApiClient
from portal.security.permissions import Permission
from portal.signin import attempts
from portal.signin.codes import Code, Step
from portal.signin.refusals import Refusal
from portal.signin.requests import address, give_back
from portal.signin.throttles import REFUSED_TOKENS, Throttles
from portal.web.errors import ask_nothing_more
from portal.web.i18n import N_, Message

#: Refusals of what is in the body of a call by an API key: the caller is known, the data is not
#: usable. In a token they are refusals of the token.
_OF_THE_BODY = frozenset({Code.EMAIL_INVALID, Code.CLAIM_TYPE, Code.CLAIM_MISSING})


class RefusedCall(Exception):
    """A call that hands a visitor over or signs one out is refused."""

    def __init__(self, refusal: Refusal, client: ApiClient | None) -> None:
        super().__init__(refusal.code.value)
        self.refusal = refusal
        self.client = client

    @property
    def status(self) -> int:
        """The HTTP status."""
        code = self.refusal.code
        return 422 if self.client is not None and code in _OF_THE_BODY else code.status


def key_caller(request: Request) -> ApiClient | None:
    """The program whose API key the headers carry; None when they carry nothing of a key.

    Raises ``Refusal`` for half a key, a wrong one, one without the scope, and for a secret that
    came from a browser: only there does a request have an ``Origin``.
    """
    headers = request.headers
    request.sign_in_attempt.authenticator = "api_key"
    with request.sign_in_attempt.trace.step(Step.REQUEST):
        if "X-API-Secret" in headers and "Origin" in headers:
            raise Refusal(Code.SECRET_IN_BROWSER, seen=headers["Origin"][:200])
        if "X-API-Secret" not in headers and "X-API-Key" not in headers:
            return None
        client = request.identity
        if not isinstance(client, ApiClient):
            raise no_key(_why_refused(request))
        request.sign_in_attempt.trace.key_id = client.key_id
        if not request.has_permission(Permission.API_SIGN_IN):
            raise Refusal(Code.API_SCOPE_MISSING, seen=", ".join(sorted(client.scopes)))
    return client


def _why_refused(request: Request) -> Message:
    """What the log says of a key that was brought and is not taken."""
    if "api_key" not in request.tenant.authenticators:
        return N_("API keys are switched off. Methods and order, in the settings, turns them on.")
    halves = {"X-API-Secret", "X-API-Key"}
    if missing := sorted(name for name in halves if not request.headers.get(name)):
        return N_("The call brought half a key: %(missing)s is missing.", missing=missing[0])
    refusal: Message | None = getattr(request, "api_key_refusal", None)
    return refusal or N_("The call brought an API key that cannot be read.")


def no_key(hint: Message) -> Refusal:
    """The refusal of a call without a valid key. The hint is for the log: to the caller, missing
    and wrong keys are the same."""
    return Refusal(Code.API_KEY_INVALID, hint=hint)


@exception_view_config(context=RefusedCall)
def refused_call(error: RefusedCall, request: Request) -> Response:
    """The refusal as JSON, with where to send the visitor instead: our own sign-in page."""
    ask_nothing_more(request)
    refusal = error.refusal
    _write_down(request, refusal)
    body = error_body(request, refusal.code.value, *_words(request, error))
    body["redirect_url"] = _login_page(request)
    response = Response(json_body=body, status=error.status)
    response.headers.update({"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    if error.status == 401:
        by_token = request.sign_in_attempt.authenticator != "api_key"
        challenge = 'Bearer error="invalid_token"' if by_token else KEY_CHALLENGE
        response.headers["WWW-Authenticate"] = challenge
    return response


def _words(request: Request, error: RefusedCall) -> tuple[str, str]:
    """What happened and what mends it. Of a token that nobody has to believe, only the sentence
    that gives nothing away: the tenant's own people read the rest in the sign-in log."""
    code, hint = error.refusal.code, error.refusal.hint
    gettext = request.gettext
    if code in (Code.API_KEY_INVALID, Code.SECRET_IN_BROWSER):
        return gettext(code.headline), gettext(code.fix)
    if error.client is not None or code is Code.REDIRECT_BLOCKED:
        return gettext(code.headline), gettext(hint or code.fix)
    sentence = gettext(error.refusal.public or code.public.sentence)
    return sentence, sentence


def _login_page(request: Request) -> str:
    tenant = request.context_tenant
    if tenant is None:
        return f"{request.origin}/"
    url: str = request.absolute(tenant, "login", query={"reference": request.reference})
    return url


def _write_down(request: Request, refusal: Refusal) -> None:
    """A line in the sign-in log, which outlives the refused call; and a count, so that a flood
    of strangers does not fill the log."""
    if request.tenant is None or refusal.code is Code.RATE_LIMITED:
        return
    give_back(request)
    with separate_transaction(request) as db, db.begin():
        within = True
        if request.sign_in_attempt.trace.key_id is None:
            within = Throttles(db, request.tenant.id).count(REFUSED_TOKENS, address(request))
        if within:
            attempts.record(db, request.tenant.id, request.sign_in_attempt, refusal)


def text_of(body: dict[str, Any], name: str) -> str | None:
    """A text in the body; None when it is absent, empty or something else."""
    value = body.get(name)
    return value if isinstance(value, str) and value else None
