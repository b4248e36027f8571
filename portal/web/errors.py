"""Exceptions as pages: each says what happened, what to do, and carries the reference.

An error page makes no query: its transaction may have failed already and is about to be
aborted, perhaps because the database is gone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from pyramid.config import Configurator
from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken, PredicateMismatch
from pyramid.httpexceptions import HTTPException
from pyramid.interfaces import IExceptionResponse
from pyramid.renderers import render
from pyramid.request import Request
from pyramid.response import Response
from pyramid.traversal import lineage
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from zope.interface import providedBy

from portal.web.i18n import N_
from portal.web.redirects import page, see_other

log = structlog.get_logger("portal.errors")

#: Answers a visitor whom a gate keeps out.
Answer = Callable[[Request], Response]
ANSWERS_KEY = "web.answers_to_denials"

#: What an error that a view raised says in its headers, and its page repeats.
_KEPT_HEADERS = ("Retry-After", "Allow", "WWW-Authenticate")
#: What PostgreSQL answers when others were in the way: clashes, deadlocks, locks, deadlines.
_BUSY = ("40001", "40P01", "55P03", "57014")


@dataclass(frozen=True, slots=True)
class ErrorWords:
    """What a page says: a title, a sentence, and the icon beside them."""

    title: str
    text: str
    icon: str = "circle-alert"


WORDS = {
    400: ErrorWords(
        N_("This request could not be read"),
        N_("The address or the form was damaged on its way. Go back and try again."),
    ),
    401: ErrorWords(
        N_("This address needs to know who asks"),
        N_("The credentials that it takes are missing or wrong."),
        "lock",
    ),
    403: ErrorWords(
        N_("You cannot open this page"),
        N_("Your account does not have access to it. Ask the team if you think it should."),
        "lock",
    ),
    404: ErrorWords(
        N_("There is nothing at this address"),
        N_("The page was moved, or the address has a typing mistake."),
        "search",
    ),
    405: ErrorWords(
        N_("This address does not take that kind of request"),
        N_("Go back to the page you came from and use its buttons."),
    ),
    409: ErrorWords(
        N_("Somebody else changed this first"),
        N_("Go back, reload the page, and make your change again."),
    ),
    413: ErrorWords(
        N_("That is too large to send"),
        N_("Choose smaller files, or send them in several messages."),
    ),
    422: ErrorWords(
        N_("Something in the form needs another look"), N_("Go back and check what you entered.")
    ),
    429: ErrorWords(N_("Too many attempts"), N_("Wait a few minutes, then try again."), "clock"),
    500: ErrorWords(
        N_("Something broke on our side"),
        N_("We have a record of it. Nothing you saved before is lost; try again in a moment."),
    ),
    503: ErrorWords(
        N_("The help desk is taking a short break"),
        N_("It cannot reach its database right now. Your tickets are safe; try again in a minute."),
        "clock",
    ),
}


def error_page(
    request: Request,
    status: int,
    *,
    text: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The page for a status, or JSON (see `wants_json`)."""
    ask_nothing_more(request)
    words = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    gettext = request.gettext
    if wants_json(request):
        body = {
            "success": False,
            "message": gettext(words.title),
            "error": {
                "code": HTTPStatus(status).name.lower(),
                "message": text or gettext(words.text),
                "request_id": request.reference,
            },
        }
        response = Response(json_body=body, status=status)
    else:
        values = {
            "title": gettext(words.title),
            "text": text or gettext(words.text),
            "icon_name": words.icon,
            "status": status,
            "home": request.place(request.context_tenant) if request.context_tenant else "/",
        }
        html = render("portal:templates/errors/page.jinja2", values, request=request)
        response = Response(html, status=status, content_type="text/html", charset="utf-8")
    response.headers.update(headers or {})
    return response


def ask_nothing_more(request: Request) -> None:
    """Whoever was not known before the error stays unknown: asking would need the database.

    And messages for the next page wait for one whose transaction can tick them off.
    """
    request.__dict__.setdefault("proven", None)
    request.found_session = request.session_record = None


def wants_json(request: Request) -> bool:
    """Whether the place answers in JSON only, or the client takes JSON and not HTML."""
    context = getattr(request, "context", None)
    if any(getattr(place, "speaks_json", False) for place in lineage(context)):
        return True
    accept = request.accept
    offers = accept.acceptable_offers(["text/html", "application/json"])
    return bool(offers) and offers[0][0] == "application/json"


def not_found(exception: HTTPException, request: Request) -> Response:
    """404, or 405 with Allow where only the method was wrong."""
    allowed = _methods_here(request) if isinstance(exception, PredicateMismatch) else []
    if allowed and request.method not in allowed:
        return error_page(request, 405, headers={"Allow": ", ".join(allowed)})
    if _is_private(request) and request.identity is None:
        return forbidden(exception, request)
    return error_page(request, 404)


def _is_private(request: Request) -> bool:
    place = getattr(request, "context", None)
    return place is not None and any(getattr(each, "private", False) for each in lineage(place))


def _methods_here(request: Request) -> list[str]:
    """The methods that the views of the place and name take."""
    context, name = getattr(request, "context", None), getattr(request, "view_name", "")
    provided = providedBy(context)
    methods: set[str] = set()
    for item in request.registry.introspector.get_category("views") or ():
        view = item["introspectable"]
        if view["name"] != name or view["route_name"] or not view["request_methods"]:
            continue
        wanted = view["context"]
        matches = (
            isinstance(context, wanted)
            if isinstance(wanted, type)
            else (wanted is not None and wanted in provided.flattened())
        )
        if matches:
            taken = view["request_methods"]
            methods.update([taken] if isinstance(taken, str) else taken)
    if "GET" in methods:
        methods.add("HEAD")
    return sorted(methods)


def forbidden(exception: HTTPException, request: Request) -> Response:
    """Sign in first, or 403; 404 where the place hides from those who may not see it."""
    answer = _answer_to_denial(exception, request)
    if answer is not None:
        return answer(request)
    tenant, identity = request.context_tenant, request.identity
    if tenant is not None and identity is None and not wants_json(request):
        return see_other(
            request, page(request, tenant, "login", query={"next": _return_path(request)})
        )
    if identity is None and wants_json(request):
        return error_page(request, 401)
    if getattr(getattr(request, "context", None), "hidden", False):
        return error_page(request, 404)
    return error_page(request, 403)


def _answer_to_denial(exception: HTTPException, request: Request) -> Answer | None:
    """What is registered for the reason of the denial, where it has one."""
    reason = getattr(getattr(exception, "result", None), "reason", None)
    answers: dict[str, Answer] = request.registry[ANSWERS_KEY]
    return answers.get(reason) if isinstance(reason, str) else None


def add_answer_to_denial(config: Configurator, reason: str, answer: Answer) -> None:
    """Pyramid directive: what a visitor is answered whom a gate keeps out for this reason."""
    answers: dict[str, Answer] = config.registry[ANSWERS_KEY]
    config.action(("portal answer", reason), lambda: answers.setdefault(reason, answer))


def _return_path(request: Request) -> str | None:
    """The page to come back to; after a POST there is none that would make sense."""
    return request.path_qs if request.method in ("GET", "HEAD") else None


def bad_csrf(exception: Exception, request: Request) -> Response:
    """A form that is older than the session it was made in, or was on another site."""
    _ = request.gettext
    return error_page(
        request,
        400,
        text=_(
            "This form was opened before you signed in or out, so it was not sent. "
            "Go back, reload the page, and send it again. Copy a long text first."
        ),
    )


def http_error(exception: HTTPException, request: Request) -> Response:
    """Any other HTTP error that a view raised; its own sentence is shown."""
    status = exception.status_int
    if status < 400:
        return exception
    headers = {name: value for name, value in exception.headers.items() if name in _KEPT_HEADERS}
    return error_page(request, status, text=exception.detail, headers=headers)


def database_gone(exception: Exception, request: Request) -> Response:
    """The database does not answer, or not in time: say so, and when to come back."""
    state = getattr(getattr(exception, "orig", None), "sqlstate", None)
    log.error("database unavailable", error=type(exception).__name__, sqlstate=state)
    _ = request.gettext
    busy = _("So much is going on right now that this was not done. Go back and try again.")
    text = busy if state in _BUSY else None
    return error_page(request, 503, text=text, headers={"Retry-After": "30"})


def unexpected(exception: Exception, request: Request) -> Response:
    """Whatever nobody thought of. The log has the traceback under the page's reference."""
    log.error("unhandled error", path=request.path, exc_info=exception)
    return error_page(request, 500)


def includeme(config: Configurator) -> None:
    """Register the pages."""
    config.registry[ANSWERS_KEY] = {}
    config.add_directive("add_answer_to_denial", add_answer_to_denial)
    config.add_notfound_view(not_found)
    config.add_forbidden_view(forbidden)
    config.add_exception_view(http_error, context=IExceptionResponse)
    for refused in (BadCSRFToken, BadCSRFOrigin):
        config.add_exception_view(bad_csrf, context=refused)
    for gone in (OperationalError, InterfaceError, PoolTimeout):
        config.add_exception_view(database_gone, context=gone)
    config.add_exception_view(unexpected, context=Exception)
