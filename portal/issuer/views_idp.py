"""`/idp/`: a small flow that companies have built themselves, made safe.

A site sends its visitor to `/idp/?redirect=…` and gets them back with a `uuid`; its server
exchanges that at `/idp/jwt` for a signed statement of who it is. What is added here: the address
must be registered, the reference is used once and within a minute, and whoever exchanges it
proves to be the client, with its secret or with the verifier of RFC 7636.
"""

import hmac
import re
import secrets
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc7636.challenge import CODE_VERIFIER_PATTERN, create_s256_code_challenge
from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config, view_defaults

from portal.issuer.claims import person_claims
from portal.issuer.clients import Client
from portal.issuer.codes import Wanted, new_code
from portal.issuer.idtoken import id_token
from portal.issuer.log import Exchange
from portal.issuer.models import IssuerClient, IssuerCode
from portal.issuer.requests import IssuerRequest
from portal.issuer.resources import IdpResource
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

_SCOPE = "openid profile email"
_LONGEST_TEXT = 512
#: A SHA-256 in base64url (RFC 7636, 4.2).
_S256 = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


@view_defaults(context=IdpResource, permission=NO_PERMISSION_REQUIRED)
class Idp:
    """The two addresses of the flow."""

    def __init__(self, context: IdpResource, request: Request) -> None:
        self.context = context
        self.request = request
        self.issuer = Issuer(request)

    @view_config(request_method="GET")
    def start(self) -> Response:
        """Back to the site with a `uuid`, by way of the sign-in page for a stranger."""
        given = IssuerRequest(self.request)
        client, uri = self._client(given.args), given.args.get("redirect", "")
        url = configured_url(uri)
        if given.repeated or client is None or isinstance(url, Blocked):
            text = N_("The site that sent you here is not known to this help desk.")
            refusal = Refusal(Code.SITE_ADDRESS_UNKNOWN, seen=uri[:LONGEST_URL])
            self.issuer.log.refused(given.args.get("client_id", ""), refusal)
            return error_page(self.request, 400, text=self.request.gettext(text))
        if (fault := _fault(given.args, client)) is not None:
            refusal = Refusal(Code.SITE_REQUEST_REFUSED, hint=fault)
            self.issuer.log.refused(client.client_id, refusal)
            return error_page(self.request, 400)
        if not isinstance(self.request.identity, Identity):
            return self._to_sign_in()
        if not (allowed := self.request.has_permission(Permission.USE_PORTAL, self.context)):
            raise HTTPForbidden(result=allowed)
        session = self.request.session_record
        uuid = new_code()
        wanted = Wanted(
            client_id=client.client_id,
            user_id=self.request.identity.user_id,
            session_number=session.number,
            auth_time=session.created_at,
            methods=session.methods,
            redirect_uri=uri,
            scope=_SCOPE,
            nonce=given.args.get("nonce"),
            code_challenge=given.args.get("code_challenge"),
        )
        self.issuer.codes.save(uuid, wanted, kind="uuid")
        answer = {"uuid": uuid, "state": given.args.get("state")}
        return see_other(self.request, with_parameters(url, answer), sensitive=True)

    @view_config(name="jwt", request_method=("GET", "POST"), require_csrf=False)
    def exchange(self) -> Response:
        """The signed statement, bare, for a `uuid` that was not used yet."""
        if self.request.method == "HEAD":
            # Whoever only looks does not use it up.
            return error_page(self.request, 405, headers={"Allow": "GET, POST"})
        given = IssuerRequest(self.request)
        code = self.issuer.codes.find(given.payload.data.get("uuid", ""), "uuid")
        if given.repeated or code is None:
            return self._refused(given, None, Refusal(Code.SITE_CODE_INVALID))
        if (doubt := self._doubt(given, code)) is not None:
            return self._refused(given, code, doubt)
        if not self.issuer.codes.use(code):
            if code.grant_id is not None:
                self.issuer.tokens.revoke(code.grant_id)
            replayed = code.used_at is not None
            return self._refused(
                given,
                code,
                Refusal(Code.SITE_CODE_REPLAYED if replayed else Code.SITE_CODE_INVALID),
            )
        user = self.request.db.get_one(User, (code.tenant_id, code.user_id))
        goes_on = self.issuer.tokens.goes_on(code.session_number)
        if user.disabled_at is not None or not goes_on:
            hint = N_("The person had signed out, or the account is disabled.")
            return self._refused(given, code, Refusal(Code.SITE_CODE_INVALID, hint=hint))
        client = self.request.db.get_one(IssuerClient, (code.tenant_id, code.client_id))
        self.issuer.clients.used(client)
        self.issuer.log.signed_in(client, user, Exchange.UUID)
        response = Response(body=self._statement(code, user).encode("ascii"))
        response.content_type = "application/jwt"
        response.headers["Cache-Control"] = "no-store"
        return response

    def _client(self, given: dict[str, str]) -> Client | None:
        """The client whose address it is; the one that is named, where several have it."""
        uri = given.get("redirect", "")
        if "client_id" in given:
            named = self.issuer.query_client(given["client_id"])
            return named if named is not None and named.check_redirect_uri(uri) else None
        return self.issuer.clients.at(uri)

    def _to_sign_in(self) -> Response:
        here = f"{self.request.absolute(self.context)}/?{self.request.query_string}"
        if len(here) > LONGEST_URL:
            return error_page(self.request, 400)
        login = page(self.request, self.request.context_tenant, "login", query={"next": here})
        return see_other(self.request, login)

    def _doubt(self, given: IssuerRequest, code: IssuerCode) -> Refusal | None:
        """Why the caller is not known to be the client that the code was made for; or None."""
        verifier = given.payload.data.get("code_verifier")
        if code.code_challenge is not None and not _fits(verifier, code.code_challenge):
            return Refusal(Code.SITE_VERIFIER_INVALID)
        client = self.issuer.query_client(code.client_id)
        if client is None:
            return Refusal(Code.SITE_CREDENTIALS_INVALID, hint=N_("The site is switched off."))
        has_header = "Authorization" in self.request.headers
        if code.code_challenge is not None and (client.row.kind == "public" or not has_header):
            # The verifier is proof enough: nobody else ever had it.
            return None
        try:
            caller = self.issuer.authenticate_client(
                given, ["client_secret_basic", "client_secret_post"]
            )
        except OAuth2Error:
            return Refusal(Code.SITE_CREDENTIALS_INVALID)
        if caller.client_id != code.client_id:
            hint = N_("The code was made for another of your sites.")
            return Refusal(Code.SITE_CODE_INVALID, hint=hint)
        return None

    def _refused(self, given: IssuerRequest, code: IssuerCode | None, refusal: Refusal) -> Response:
        client_id = code.client_id if code is not None else given.named_client
        user = self.issuer.person(code) if code is not None else None
        self.issuer.log.refused(client_id, refusal, user)
        response = Response(json_body={"error": "invalid_grant"}, status=400)
        response.headers["Cache-Control"] = "no-store"
        return response

    def _statement(self, code: IssuerCode, user: User) -> str:
        """The standard claims, and `id` as the clients of this flow read it."""
        grant = self.issuer.tokens.grant(code)
        person: dict[str, Any] = person_claims(self.request.db, self.request.tenant, user, _SCOPE)
        person |= {"id": person["sub"], "jti": secrets.token_urlsafe(16)}
        return id_token(
            self.issuer.keys.signing_key(),
            issuer=self.issuer.url,
            client_id=code.client_id,
            grant=grant,
            person=person,
            nonce=code.nonce,
        )


def _fault(given: dict[str, str], client: Client) -> Message | None:
    """What is wrong with a request of this client, for the sign-in log; or None."""
    if client.row.third_party:
        # People are asked before it learns who they are, and this flow has no question.
        return N_("A site that belongs to somebody else uses OpenID Connect.")
    if any(len(given.get(name, "")) > _LONGEST_TEXT for name in ("state", "nonce")):
        return N_("The state or the nonce is too long.")
    challenge = given.get("code_challenge")
    if challenge is None:
        is_public = client.row.kind == "public"
        return N_("A site without a secret sends code_challenge.") if is_public else None
    plain = given.get("code_challenge_method", "S256") != "S256"
    if plain or not _S256.fullmatch(challenge):
        return N_("The code_challenge is none of RFC 7636 with S256.")
    return None


def _fits(verifier: str | None, challenge: str) -> bool:
    """RFC 7636, 4.6."""
    if verifier is None or not CODE_VERIFIER_PATTERN.fullmatch(verifier):
        return False
    return hmac.compare_digest(create_s256_code_challenge(verifier), challenge)
