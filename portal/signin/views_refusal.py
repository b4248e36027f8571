"""A refused sign-in as a page: one sentence, a reference, and two ways on. Never a bounce."""

from typing import Any

import structlog
from pyramid.config import Configurator
from pyramid.renderers import render
from pyramid.request import Request
from pyramid.response import Response

from portal.db.session import separate_transaction
from portal.security.identity import Identity
from portal.signin import attempts, trial
from portal.signin.codes import Code
from portal.signin.configuration import configuration, facts
from portal.signin.dialects import dialects
from portal.signin.dialects.base import Farewell, no_url
from portal.signin.first_use import first_use, likely_cause
from portal.signin.pipeline import AlreadyUsed
from portal.signin.refusals import Refusal
from portal.signin.requests import address, give_back, is_probe, takes_only_json
from portal.signin.throttles import REFUSED_TOKENS, Throttles
from portal.web.clock import now
from portal.web.errors import ask_nothing_more, error_page
from portal.web.i18n import Message
from portal.web.redirects import SafeURL, configured_url, see_other

log = structlog.get_logger("portal.signin")


def refused(refusal: Refusal, request: Request) -> Response:
    """The answer to a refused token: nothing of the request is kept but its line in the log."""
    ask_nothing_more(request)
    if request.sign_in_trial is not None and not is_probe(request):
        return trial.refused(request, refusal)
    write_down(request, refusal)
    if (url := _vendors_page(request, refusal)) is not None:
        return see_other(request, url, sensitive=True)
    if takes_only_json(request):
        response = _json(request, refusal)
    elif request.context_tenant is None:
        # Nobody's help desk yet: the page of the installation.
        response = error_page(
            request, refusal.code.status, text=request.gettext(sentence(request, refusal))
        )
    else:
        response = _page(request, refusal)
    response.headers.update({"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    if refusal.code.status == 401:
        # RFC 6750, 3: what arrived was a bearer token.
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    return response


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


def _vendors_page(request: Request, refusal: Refusal) -> SafeURL | None:
    """Where the vendor's dialect sends a refused visitor: to the company, with the message and
    the reference. None for nearly all vendors, for programs, and for those who are in already."""
    dialect = dialects(request.registry).get(request.sign_in_attempt.trace.dialect or "")
    if (
        dialect is None
        or dialect.refusal_url is no_url
        or request.context_tenant is None
        or refusal.code in (Code.RATE_LIMITED, Code.DIALECT_DISABLED)
        or is_probe(request)
        or _is_signed_in(request, refusal)
    ):
        return None
    # What was read before the refusal went with its transaction.
    request.sign_in_configuration = configuration(request)
    if dialect.name not in request.sign_in_configuration.settings.dialects:
        return None
    message = request.gettext(
        "%(sentence)s Reference: %(reference)s",
        sentence=request.gettext(sentence(request, refusal)),
        reference=request.reference,
    )
    url = dialect.refusal_url(Farewell(facts(request), message=message))
    found = configured_url(url) if url else None
    return found if isinstance(found, SafeURL) else None


def sentence(request: Request, refusal: Refusal) -> Message:
    """What the visitor is told: this refusal's own words, the vendor's, or the code's."""
    dialect = dialects(request.registry).get(request.sign_in_attempt.trace.dialect or "")
    if refusal.public is not None:
        return refusal.public
    return dialect.sentence(refusal.code) if dialect else refusal.code.public.sentence


def _page(request: Request, refusal: Refusal) -> Response:
    tenant = request.context_tenant
    values: dict[str, Any] = {
        "sentence": sentence(request, refusal),
        "used": refusal.code is Code.TOKEN_REPLAYED,
        "go_on_url": request.place(tenant) if _is_signed_in(request, refusal) else None,
        "again_url": request.place(tenant, "login"),
        "other_url": request.place(tenant, "login", "local"),
    }
    body = render("portal:templates/signin/refused.jinja2", values, request=request)
    return Response(body, status=refusal.code.status, content_type="text/html", charset="utf-8")


def _is_signed_in(request: Request, refusal: Refusal) -> bool:
    """Whether the one whose token was used up is signed in here already: a reloaded page."""
    identity = request.identity
    return (
        isinstance(refusal, AlreadyUsed)
        and isinstance(identity, Identity)
        and identity.user_id == refusal.user_id
    )


def _json(request: Request, refusal: Refusal) -> Response:
    """For programs: the shape of all errors, and where to send a visitor instead."""
    message = request.gettext(sentence(request, refusal))
    body: dict[str, Any] = {
        "success": False,
        "message": message,
        "error": {
            "code": refusal.code.value,
            "message": message,
            "request_id": request.reference,
        },
    }
    if request.context_tenant is not None:
        body["redirect_url"] = request.absolute(
            request.context_tenant, "login", query={"reference": request.reference}
        )
    return Response(json_body=body, status=refusal.code.status)


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_exception_view(refused, context=Refusal)
