"""Where tokens arrive: every dialect's endpoint, in a tenant and beside the tenants."""

from urllib.parse import quote

import structlog
from pyramid.httpexceptions import HTTPMethodNotAllowed, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults

from portal.resources import Root, TenantResource, enter
from portal.security import cookies
from portal.signin import held, trial
from portal.signin.codes import Code, Step
from portal.signin.dialects.base import Dialect
from portal.signin.finish import complete
from portal.signin.jwt_sso import Arrival, token_authenticator
from portal.signin.pipeline import Judged, Pipeline, Visit
from portal.signin.refusals import Refusal
from portal.signin.requests import is_probe, resolve, visit
from portal.signin.resources import EndpointResource, LoginResource
from portal.tenants.directory import TenantDirectory
from portal.tenants.models import Tenant
from portal.web.i18n import N_
from portal.web.redirects import page, see_other

log = structlog.get_logger("portal.signin")


@view_defaults(context=EndpointResource, permission=NO_PERMISSION_REQUIRED, require_csrf=False)
class Redemption:
    """A token at a dialect's endpoint. The token itself is what authenticates the request."""

    def __init__(self, context: EndpointResource, request: Request) -> None:
        self.context = context
        self.request = request

    @view_config(request_method=("GET", "POST"))
    def redeem(self) -> Response:
        """Sign the visitor in and send them to an address without the token."""
        dialect = self._dialect()
        if self.request.tenant is not None:
            trial.look_for(self.request)
        arrival = token_authenticator(self.request).arrive(
            self.request, dialect, self.context.path_parameters
        )
        if self.request.tenant is None:
            _enter_tenant(self.request, arrival)
            trial.look_for(self.request)
        if self._lacks_cookies() and not is_probe(self.request):
            held.hold(self.request, arrival)
            go_on = page(self.request, self.request.context_tenant, "login", "continue")
            return see_other(self.request, go_on, sensitive=True)
        return redeem(self.request, arrival, probe=is_probe(self.request))

    def _dialect(self) -> Dialect:
        dialect = self.context.dialect
        if dialect is None:
            raise HTTPNotFound
        method = "GET" if self.request.method == "HEAD" else self.request.method
        if method not in self.context.methods:
            raise HTTPMethodNotAllowed(headers={"Allow": ", ".join(self.context.methods)})
        return dialect

    def _lacks_cookies(self) -> bool:
        """A form posted from another site comes without our cookies (SameSite=Lax): who is signed
        in, and where they were going, can only be seen one redirect later."""
        return (
            self.request.method == "POST"
            and self.request.headers.get("Sec-Fetch-Site") == "cross-site"
            and cookies.read(self.request) is None
        )


@view_config(
    context=LoginResource,
    name="continue",
    request_method="GET",
    permission=NO_PERMISSION_REQUIRED,
)
def go_on(context: LoginResource, request: Request) -> Response:
    """The second half of a sign-in that began with a form posted from another site."""
    trial.look_for(request)
    arrival = held.held(request)
    if arrival is None:
        return see_other(request, page(request, request.context_tenant, "login"))
    return redeem(request, arrival)


def redeem(request: Request, arrival: Arrival, *, probe: bool = False) -> Response:
    """Steps 3 to 15 for the token that arrived, unless it is only looked at. Raises ``Refusal``."""
    tried: trial.Trial | None = request.sign_in_trial
    browser = tried.browser if tried is not None else visit(request, only_look=probe)
    pipeline, judged = judge(request, browser)
    if probe:
        return _same_address(request, arrival)
    if tried is not None:
        return trial.passed(request, pipeline, judged)
    if judged.ask:
        held.hold(request, arrival)
        question = page(request, request.context_tenant, "login", "switch")
        return see_other(request, question, sensitive=True)
    return complete(request, pipeline, judged, browser)


def judge(request: Request, browser: Visit) -> tuple[Pipeline, Judged]:
    """Every check of the token that arrived with the request, in this browser. Writes nothing.

    Raises ``Refusal``.
    """
    pipeline = Pipeline(
        request.db,
        request.tenant,
        request.sign_in_configuration,
        request.sign_in_attempt.trace,
    )
    assertion = token_authenticator(request).authenticate(request)
    if assertion is None:
        raise Refusal(Code.TOKEN_MISSING)
    return pipeline, pipeline.judge(assertion, browser, lambda target: resolve(request, target))


def _same_address(request: Request, arrival: Arrival) -> Response:
    """Nobody is signed in by a program: it is told where to send its visitor, which is here."""
    query = request.query_string
    if request.method == "POST":
        token = f"token={quote(arrival.parameters.token, safe='')}"
        query = f"{query}&{token}" if query else token
    url = f"{request.origin}{request.path}?{query}"
    response = Response(json_body={"success": True, "redirect_url": url})
    response.headers.update(
        {"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    )
    _leave_the_click_alone(request, response, url)
    return response


def _leave_the_click_alone(request: Request, response: Response, url: str) -> None:
    """A browser that fetched ahead shows this answer when the link is followed, whatever it says
    about caching (speculation rules): from there it has to go on, and sign in."""
    purpose = request.headers.get("Sec-Purpose", "").lower()
    if "prerender" in purpose:
        # In a page that runs already but is not shown, going on would go round in circles. An
        # error makes the browser forget it, and ask anew.
        response.status_int = 503
    elif purpose:
        response.headers["Refresh"] = f"0; url={url}"


def _enter_tenant(request: Request, arrival: Arrival) -> None:
    """Step 3 at an address that names no tenant: from the token or a parameter, else the only
    one there is. Raises ``Refusal``."""
    with request.sign_in_attempt.trace.step(Step.TENANT):
        tenant = _named_tenant(request, arrival) or TenantDirectory(request.db).only()
        if tenant is None:
            raise Refusal(
                Code.REQUEST_MALFORMED,
                public=N_(
                    "This address does not say which help desk it is for. Use the address with "
                    "the name of the help desk in it, or put the claim “tenant” into the token."
                ),
            )
    root = Root(request)
    enter(request, TenantResource(request, root, tenant.slug, tenant))


def _named_tenant(request: Request, arrival: Arrival) -> Tenant | None:
    """The tenant that all hints name, unverified: they only choose whose key is tried."""
    directory = TenantDirectory(request.db)
    find = {
        "slug": directory.by_slug,
        "company_id": directory.by_company_id,
        "account_id": directory.by_account_id,
    }
    for hint in arrival.dialect.tenant_hints:
        value = (
            arrival.parameters.get(hint.name)
            if hint.where == "parameter"
            else arrival.claim(hint.name)
        )
        if value is None:
            continue
        tenant = find[hint.setting](value) if isinstance(value, str) and "\0" not in value else None
        if tenant is None:
            raise Refusal(Code.TENANT_UNKNOWN, seen=hint.name)
        return tenant
    return None
