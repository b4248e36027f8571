"""The authenticator of people who have an account at a provider."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from pyramid.config import Configurator
from pyramid.request import Request

from portal.db.session import separate_transaction
from portal.openid import exchange
from portal.openid.answers import check_answer, check_issuer, single_parameters
from portal.openid.directory import REGISTRY_KEY, Directory
from portal.openid.idtoken import verify
from portal.openid.logout import provider_logout
from portal.openid.pending import OpenidLogins, Started
from portal.openid.person import NAME, assertion, needs_more
from portal.openid.provider import Kind, Provider
from portal.openid.providers import Providers
from portal.security import cookies
from portal.security.authenticators import Authenticator
from portal.security.models import Session
from portal.security.secrets import SecretError, secret_box
from portal.signin.assertion import Assertion
from portal.signin.codes import Code, Step
from portal.signin.emails import mask_email
from portal.signin.methods import registered
from portal.signin.refusals import Refusal
from portal.signin.requests import address, give_back
from portal.signin.settings_values import as_config, read
from portal.signin.throttles import REFUSED_TOKENS, Throttles
from portal.signin.trace import Trace
from portal.web.i18n import N_
from portal.web.page import Link
from portal.web.redirects import SafeURL, configured_url, page


@dataclass(frozen=True, slots=True)
class Return:
    """A browser that is back from a provider."""

    provider: Provider
    started: Started
    parameters: Mapping[str, str]


class OpenidConnect(Authenticator):
    """A provider vouches for somebody, by OpenID Connect's authorization code flow."""

    name = NAME
    label = N_("OpenID Connect providers")
    hint = N_("Google, Microsoft, Keycloak or another portal, as set up under Sign-in providers.")

    def offers(self, request: Request, target: str) -> Sequence[Link]:
        """A button for each provider that is on."""
        rows = Providers(request.db, request.tenant, secret_box(request.portal)).all()
        return [
            Link(
                request.gettext(N_("Sign in with %(name)s", name=row.name)),
                start_url(request, row.key, target),
                "log-in",
            )
            for row in rows
            if row.disabled_at is None
        ]

    def depart(self, request: Request, key: str, target: str, *, tries: bool) -> SafeURL:
        """Where the browser goes to sign in, once it is remembered that it did.

        No transaction is open while the provider is asked. Raises ``Refusal``.
        """
        provider = self.provider(request, key, tries=tries)
        visitor = cookies.visitor(request)
        redirect_uri = callback_url(request, key)
        give_back(request)
        with _trace(request).step(Step.PROVIDER):
            metadata = _directory(request).metadata(provider.issuer)
            endpoint = configured_url(metadata.authorization_endpoint)
            if not isinstance(endpoint, SafeURL):
                raise Refusal(
                    Code.PROVIDER_MISCONFIGURED,
                    hint=N_("The provider’s authorization endpoint is no https address."),
                )
        box = secret_box(request.portal)
        leaving = OpenidLogins(request.db, request.tenant, box).start(
            visitor, key, redirect_uri=redirect_uri, target=target, tries=tries
        )
        extra = {}
        if provider.kind is Kind.GOOGLE and len(provider.email_domains) == 1:
            extra["hd"] = provider.email_domains[0]
        if tries:
            # Otherwise nobody would be asked, and the admin could not choose whom to try.
            extra["prompt"] = "select_account" if provider.kind is not Kind.PORTAL else "login"
        url = prepare_grant_uri(
            endpoint,
            provider.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=" ".join(provider.scopes),
            state=leaving.state,
            nonce=leaving.nonce,
            code_challenge=create_s256_code_challenge(leaving.verifier),
            code_challenge_method="S256",
            **extra,
        )
        found = configured_url(url)
        if not isinstance(found, SafeURL):
            raise Refusal(
                Code.PROVIDER_MISCONFIGURED,
                hint=N_("The provider’s authorization endpoint cannot be used in a link."),
            )
        return found

    def arrive(self, request: Request, key: str) -> Return:
        """The browser is back: with what it was given, and only once. Raises ``Refusal``.

        The sign-in that was under way is over for good, whatever comes of it.
        """
        trace = _trace(request)
        request.sign_in_attempt.authenticator, trace.key_id = self.name, key
        with trace.step(Step.REQUEST):
            if Throttles(request.db, request.tenant.id).exhausted(REFUSED_TOKENS, address(request)):
                raise Refusal(Code.RATE_LIMITED)
            parameters = single_parameters(request)
        with trace.step(Step.ONCE):
            started = self._take(request, key, parameters.get("state", ""))
        return Return(self.provider(request, key, tries=started.tries), started, parameters)

    def believe(self, request: Request, back: Return) -> Assertion:
        """What the provider says of whom it sent. Raises ``Refusal``.

        Two or three calls to it, with no transaction open.
        """
        trace, provider = _trace(request), back.provider
        give_back(request)
        directory = _directory(request)
        with trace.step(Step.PROVIDER) as check:
            check.seen = provider.issuer
            metadata = directory.metadata(provider.issuer)
            check_issuer(back.parameters, metadata)
            check_answer(back.parameters)
            tokens = exchange.redeem(
                request.outgoing,
                provider,
                metadata,
                code=back.parameters.get("code", ""),
                verifier=back.started.verifier,
                redirect_uri=back.started.redirect_uri,
            )
        access_token = exchange.access_token(tokens)
        claims = verify(
            tokens.get("id_token"),
            provider,
            metadata,
            directory,
            nonce_hash=back.started.nonce_hash,
            access_token=access_token,
            now=time.time(),
            trace=trace,
        )
        # Of the ID token alone (Core, 2): what else is told of a person, they may have written.
        methods = registered(claims.get("amr"))
        if access_token is not None and needs_more(provider, claims):
            with trace.step(Step.PROVIDER):
                more = exchange.userinfo(
                    request.outgoing, metadata, access_token, sub=claims["sub"]
                )
                # What was signed wins.
                claims = {**more, **claims}
        if isinstance(email := claims.get("email"), str):
            trace.masked_email = mask_email(email)
        return assertion(provider, claims, methods=methods, target=back.started.target, trace=trace)

    def sign_out(self, request: Request, session: Session) -> SafeURL | None:
        """To the provider that the session came from, if people are to be signed out there."""
        return provider_logout(request, session) if session.authenticator == self.name else None

    def provider(self, request: Request, key: str, *, tries: bool = False) -> Provider:
        """The tenant's provider of that key, which is on, or tried by an admin.

        Raises ``Refusal``.
        """
        attempt = request.sign_in_attempt
        attempt.authenticator, attempt.trace.key_id = self.name, key
        with attempt.trace.step(Step.TENANT) as check:
            check.seen = request.tenant.slug
            providers = Providers(request.db, request.tenant, secret_box(request.portal))
            row = providers.row(key)
            on = self.name in request.sign_in_configuration.authenticators(request.tenant)
            if row is None or (not tries and (row.disabled_at is not None or not on)):
                hint = None
                if row is not None and not on:
                    hint = N_("Signing in with providers is switched off as a whole.")
                raise Refusal(Code.PROVIDER_DISABLED, hint=hint, seen=key[:80])
            try:
                return providers.opened(row)
            except SecretError as error:
                raise Refusal(
                    Code.PROVIDER_DISABLED, hint=N_("Its secret cannot be opened: enter it anew.")
                ) from error

    def _take(self, request: Request, key: str, state: str) -> Started:
        """In a transaction of its own, which no refusal undoes."""
        visitor = cookies.read(request)
        started = None
        if visitor is not None and state:
            give_back(request)
            with separate_transaction(request) as db, db.begin():
                box = secret_box(request.portal)
                started = OpenidLogins(db, request.tenant, box).take(state, visitor, key)
                if started is None:
                    Throttles(db, request.tenant.id).count(REFUSED_TOKENS, address(request))
        if started is None:
            raise Refusal(
                Code.STATE_MISMATCH,
                hint=N_(
                    "This browser has no such sign-in under way: it was started elsewhere, more "
                    "than ten minutes ago, or is finished."
                ),
                seen="state",
            )
        return started


def judge_by(request: Request, provider: Provider) -> None:
    """Put the provider's own rules in the place of those for tokens of the tenant's site."""
    own = request.sign_in_configuration
    values = read(own.settings, request.tenant) | {
        "provisioning": "create" if provider.creates else "existing",
        "admins_by_token": provider.admins,
        "sync_role": False,
        "role_cap": None,
        "unsolicited": "allow",
    }
    request.sign_in_configuration = replace(own, settings=as_config(values))


def start_url(request: Request, key: str, target: str = "", *, tries: bool = False) -> str:
    """Where a sign-in with a provider begins."""
    query: dict[str, Any] = {"next": target or None, "try": "1" if tries else None}
    url: str = request.place(request.context_tenant, "login", "openid-start", key, query=query)
    return url


def callback_url(request: Request, key: str) -> SafeURL:
    """The redirect URI: one a provider, so that no provider's answer can pass for another's
    (RFC 9700, 4.4)."""
    return page(request, request.context_tenant, "login", "openid", key)


def _trace(request: Request) -> Trace:
    trace: Trace = request.sign_in_attempt.trace
    return trace


def _directory(request: Request) -> Directory:
    found: Directory = request.registry[REGISTRY_KEY]
    return found


def openid_authenticator() -> OpenidConnect:
    """The authenticator. It keeps nothing."""
    return _INSTALLED


_INSTALLED = OpenidConnect()

__all__ = ["OpenidConnect", "callback_url", "judge_by", "openid_authenticator", "start_url"]


def includeme(config: Configurator) -> None:
    """Install the authenticator."""
    config.add_authenticator(_INSTALLED)
