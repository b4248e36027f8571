"""The authorization endpoint (RFC 6749, 3.1; OpenID Connect Core, 3.1.2): a visitor arrives from a
client, and goes back to it with a code."""

import time
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidRequestError
from authlib.oidc.core.errors import (
    ConsentRequiredError,
    LoginRequiredError,
    RequestNotSupportedError,
    RequestURINotSupportedError,
)
from pyramid.httpexceptions import HTTPForbidden
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults

from portal.issuer.addresses import issuer_url
from portal.issuer.clients import Client
from portal.issuer.consents import Consents
from portal.issuer.errors import OtherResponseError, refusal_of
from portal.issuer.grants import CodeGrant
from portal.issuer.log import SiteLog
from portal.issuer.presence import SINCE, Presence
from portal.issuer.requests import IssuerRequest
from portal.issuer.resources import IssuerResource
from portal.issuer.server import Issuer
from portal.people.models import User
from portal.security.identity import Identity
from portal.security.permissions import Permission
from portal.signin.codes import Code
from portal.signin.refusals import Refusal
from portal.web.errors import error_page
from portal.web.i18n import N_, Message
from portal.web.redirects import (
    LONGEST_URL,
    Blocked,
    configured_url,
    page,
    see_other,
    with_parameters,
)

_CONSENT = "portal:templates/issuer/consent.jinja2"
_PROMPTS = {"none", "login", "consent", "select_account"}


@dataclass
class Authorization:
    """A request that named a client and one of its addresses: from here on errors go there."""

    issuer: Issuer
    request: IssuerRequest
    client: Client
    redirect_uri: str
    grant: CodeGrant

    @property
    def scopes(self) -> list[str]:
        """What the client asks to learn."""
        return str(self.request.scope).split()

    @property
    def prompts(self) -> set[str]:
        """OpenID Connect Core, 3.1.2.1."""
        return set(self.request.payload.data.get("prompt", "").split())


class NoClientError(Exception):
    """There is nobody to send the visitor back to: unknown client, or not its address."""

    def __init__(self, text: Message) -> None:
        super().__init__(text)
        self.text = text


@view_defaults(context=IssuerResource, permission=NO_PERMISSION_REQUIRED)
class Authorize:
    """`oauth2/authorize`, and `oauth2/consent` for the answer to its question."""

    def __init__(self, context: IssuerResource, request: Request) -> None:
        self.context = context
        self.request = request

    @view_config(name="authorize", request_method="GET")
    def ask(self) -> Response:
        """On to the client with a code; by way of the sign-in page, or of a question."""
        try:
            return self._ask()
        except NoClientError as error:
            return error_page(self.request, 400, text=self.request.gettext(error.text))

    @view_config(name="authorize", request_method="POST", require_csrf=False)
    def ask_by_form(self) -> Response:
        """The same as a form (OpenID Connect Core, 3.1.2.1). A form posted from another site comes
        without our cookies, so it becomes a visit."""
        asked = IssuerRequest(self.request)
        if asked.repeated:
            return error_page(self.request, 400)
        here = page(self.request, self.context, "authorize", query=asked.form)
        if len(here) > LONGEST_URL:
            return error_page(self.request, 400)
        return see_other(self.request, here)

    @view_config(name="consent", request_method="POST")
    def answer(self) -> Response:
        """What the visitor said."""
        try:
            authorization = self._authorization()
        except NoClientError as error:
            return error_page(self.request, 400, text=self.request.gettext(error.text))
        except OAuth2Error as error:
            return self._back(error)
        identity = self.request.identity
        if not isinstance(identity, Identity) or not self._presence(authorization).is_fresh:
            return self._to_sign_in(authorization)
        if not self._presence(authorization).is_meant:
            return self._refuse(authorization, LoginRequiredError())
        if not (allowed := self.request.has_permission(Permission.USE_PORTAL, self.context)):
            raise HTTPForbidden(result=allowed)
        if self.request.POST.get("decision") != "allow":
            return self._refuse(authorization, AccessDeniedError())
        Consents(self.request.db, self.request.tenant).give(
            identity.user_id, authorization.client.client_id, authorization.scopes
        )
        return self._issue(authorization, identity)

    def _ask(self) -> Response:
        try:
            authorization = self._authorization()
        except OAuth2Error as error:
            return self._back(error)
        try:
            return self._decide(authorization)
        except OAuth2Error as error:
            return self._refuse(authorization, error)

    def _authorization(self) -> Authorization:
        """Raises ``NoClientError``, and ``OAuth2Error`` for what the client is told."""
        issuer = Issuer(self.request)
        asked = issuer.create_oauth2_request(self.request)
        data = asked.payload.data
        client = issuer.query_client(data.get("client_id", ""))
        if client is None:
            self._note(data, "client_id")
            raise NoClientError(N_("The site that sent you here is not known to this help desk."))
        redirect_uri = data.get("redirect_uri", "")
        if asked.repeated or not client.check_redirect_uri(redirect_uri):
            self._note(data, "redirect_uri")
            raise NoClientError(
                N_("The site that sent you here gave an address to return to that it never had.")
            )
        try:
            self._check(asked)
            grant = issuer.get_authorization_grant(asked)
            grant.validate_authorization_request()
        except OAuth2Error as error:
            error.redirect_uri, error.state = redirect_uri, data.get("state")
            issuer.log.refused(client.client_id, refusal_of(error))
            raise
        return Authorization(issuer, asked, client, redirect_uri, grant)

    def _note(self, data: dict[str, str], name: str) -> None:
        """For the sign-in log: what was sent, and is not registered."""
        refusal = Refusal(Code.SITE_ADDRESS_UNKNOWN, seen=data.get(name, "")[:LONGEST_URL])
        SiteLog(self.request).refused(data.get("client_id", ""), refusal)

    def _check(self, asked: IssuerRequest) -> None:
        data = asked.payload.data
        if "response_type" not in data:
            raise InvalidRequestError("response_type is missing.")
        if data["response_type"] != "code":
            raise OtherResponseError
        if "request" in data:
            raise RequestNotSupportedError
        if "request_uri" in data:
            raise RequestURINotSupportedError
        if data.get("response_mode", "query") != "query":
            raise InvalidRequestError("The only response_mode is query.")
        prompts = set(data.get("prompt", "").split())
        if not prompts <= _PROMPTS or ("none" in prompts and len(prompts) > 1):
            raise InvalidRequestError("The prompt is none, or some of login, consent.")
        age = data.get("max_age", "0")
        if not (age.isascii() and age.isdigit() and len(age) <= 9):
            raise InvalidRequestError("max_age is a number of seconds.")

    def _decide(self, authorization: Authorization) -> Response:
        identity, prompts = self.request.identity, authorization.prompts
        if not isinstance(identity, Identity) or not self._presence(authorization).is_fresh:
            if "none" in prompts:
                raise LoginRequiredError
            return self._to_sign_in(authorization)
        if not self._presence(authorization).is_meant:
            # Core, 3.1.2.2: never an answer about somebody else. Signing in anew may mend it, once.
            if "none" in prompts or self._presence(authorization).is_for_this:
                raise LoginRequiredError
            return self._to_sign_in(authorization)
        if not (allowed := self.request.has_permission(Permission.USE_PORTAL, self.context)):
            # A gate is shut, such as that of a second factor that is wanted and missing.
            if "none" in prompts:
                raise LoginRequiredError
            raise HTTPForbidden(result=allowed)
        if self._must_agree(authorization, identity):
            if "none" in prompts:
                raise ConsentRequiredError
            return self._question(authorization)
        return self._issue(authorization, identity)

    def _presence(self, authorization: Authorization) -> Presence:
        return Presence(self.request, authorization.issuer, authorization.request.payload.data)

    def _to_sign_in(self, authorization: Authorization) -> Response:
        """To the sign-in page, which leads back here."""
        query = parse_qsl(self.request.query_string, keep_blank_values=True)
        query = [(name, value) for name, value in query if name != SINCE]
        query.append((SINCE, str(int(time.time()))))
        here = f"{self.request.absolute(self.context, 'authorize')}?{urlencode(query)}"
        if len(here) > LONGEST_URL:
            raise InvalidRequestError(f"The request is longer than {LONGEST_URL} characters.")
        again = "1" if isinstance(self.request.identity, Identity) else None
        login = page(
            self.request, self.request.context_tenant, "login", query={"next": here, "again": again}
        )
        return see_other(self.request, login)

    def _must_agree(self, authorization: Authorization, identity: Identity) -> bool:
        if not authorization.client.row.third_party:
            return False
        if "consent" in authorization.prompts:
            return True
        consents = Consents(self.request.db, self.request.tenant)
        given = consents.given(identity.user_id, authorization.client.client_id)
        return not set(authorization.scopes) <= given

    def _question(self, authorization: Authorization) -> Response:
        # The answer's form leads on to the client: its policy must let it.
        self.request.form_targets = [origin_of_uri(authorization.redirect_uri)]
        values = {
            "client": authorization.client.row,
            "scopes": authorization.scopes,
            "action": f"{self.request.place(self.context, 'consent')}?{self.request.query_string}",
            "host": urlsplit(authorization.redirect_uri).netloc,
        }
        return render_to_response(_CONSENT, values, request=self.request)

    def _issue(self, authorization: Authorization, identity: Identity) -> Response:
        user = self.request.db.get(User, (self.request.tenant.id, identity.user_id))
        grant, asked = authorization.grant, authorization.request
        asked.user = user
        code = grant.generate_authorization_code()
        grant.save_authorization_code(code, asked)
        return self._see(authorization.redirect_uri, {"code": code, "state": asked.payload.state})

    def _refuse(self, authorization: Authorization, error: OAuth2Error) -> Response:
        error.redirect_uri = authorization.redirect_uri
        error.state = authorization.request.payload.state
        return self._back(error)

    def _back(self, error: OAuth2Error) -> Response:
        """To the client, with the error (RFC 6749, 4.1.2.1)."""
        return self._see(error.redirect_uri, dict(error.get_body()) | {"state": error.state})

    def _see(self, registered: str, answer: dict[str, str | None]) -> Response:
        """RFC 9207: who answers is said, so that a client is not confused about it."""
        url = configured_url(registered)
        if isinstance(url, Blocked):
            raise TypeError(f"a client was registered with an address that is none: {url.reason}")
        answer["iss"] = issuer_url(self.request)
        return see_other(self.request, with_parameters(url, answer), sensitive=True)


def origin_of_uri(uri: str) -> str:
    """Scheme, host and port of a client's address, for a form's policy."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
