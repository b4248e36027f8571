"""A client of the tenant's issuer, as its software behaves."""

import base64
import hashlib
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from webtest import TestApp
from webtest.response import TestResponse

from portal.issuer.clients import Clients
from portal.issuer.models import IssuerClient
from portal.settings import Settings
from tests.factories import World
from tests.functional.issuer.receiver import Receiver, receiving
from tests.functional.serving import serving

CALLBACK = "https://forum.acme.test/auth/callback"
GOODBYE = "https://forum.acme.test/bye"


class Forum:
    """A site that signs people in at the tenant's issuer."""

    def __init__(self, world: World, **values: Any) -> None:
        self.world = world
        self.server = TestApp(world.app, extra_environ={"HTTP_HOST": "localhost"})
        with world.factory.session(world.seed.tenant.id) as db:
            clients = Clients(db, world.seed.tenant)
            row = clients.create("Forum", [CALLBACK], post_logout_redirect_uris=[GOODBYE], **values)
            self.client_id = row.client_id
            public = row.kind == "public"
            self.secret = None if public else clients.make_secret(row)
        self.verifier = secrets.token_urlsafe(48)

    @property
    def issuer(self) -> str:
        """The issuer that it was configured with."""
        return f"http://localhost/{self.world.slug}"

    def at(self, name: str) -> str:
        """The path of an endpoint."""
        return self.world.url(f"/oauth2/{name}")

    def asking(self, **changes: Any) -> dict[str, str]:
        """The parameters of an authorization request; a change to ``...`` leaves one out."""
        given = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": CALLBACK,
            "scope": "openid profile email",
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": challenge(self.verifier),
            "code_challenge_method": "S256",
        } | changes
        return {name: value for name, value in given.items() if value is not ...}

    def send(self, browser: TestApp, **changes: Any) -> TestResponse:
        """Send a visitor over."""
        query = urlencode(self.asking(**changes))
        return browser.get(f"{self.at('authorize')}?{query}", expect_errors=True)

    def code(self, browser: TestApp, **changes: Any) -> str:
        """The code with which the visitor comes back."""
        return came_back(self.send(browser, **changes))["code"]

    def redeem(self, code: str, /, **changes: Any) -> TestResponse:
        """Exchange a code for tokens."""
        return self.call(
            "token",
            **{
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": CALLBACK,
                "code_verifier": self.verifier,
            }
            | changes,
        )

    def refresh(self, token: str, **changes: Any) -> TestResponse:
        """Exchange a refresh token for the next."""
        return self.call(
            "token", **{"grant_type": "refresh_token", "refresh_token": token} | changes
        )

    def call(self, name: str, *, secret: str | None = None, **fields: Any) -> TestResponse:
        """Call one of the endpoints, with the client's credentials."""
        headers = {}
        given = secret or self.secret
        if given is not None:
            pair = base64.b64encode(f"{self.client_id}:{given}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        else:
            fields.setdefault("client_id", self.client_id)
        fields = {key: value for key, value in fields.items() if value is not ...}
        return self.server.post(self.at(name), fields, headers=headers, expect_errors=True)

    def tokens(self, browser: TestApp, **changes: Any) -> dict[str, Any]:
        """Everything a sign-in leads to."""
        answer = self.redeem(self.code(browser, **changes))
        assert answer.status_int == 200, answer.text
        body: dict[str, Any] = answer.json
        return body

    def userinfo(self, token: str) -> TestResponse:
        """What the token lets it know."""
        return self.server.get(
            self.at("userinfo"), headers={"Authorization": f"Bearer {token}"}, expect_errors=True
        )

    def keys(self) -> KeySet:
        """The issuer's keys."""
        return KeySet.import_key_set(self.server.get(self.at("jwks")).json)

    def read(self, id_token: str) -> dict[str, Any]:
        """The claims of an ID token, verified as a client does."""
        decoded = jwt.decode(id_token, self.keys(), algorithms=["RS256"])
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        ).validate(decoded.claims)
        return dict(decoded.claims)

    def change(self, **values: Any) -> None:
        """Change how it is registered."""
        tenant_id = self.world.seed.tenant.id
        with self.world.factory.session(tenant_id) as db:
            row = db.get_one(IssuerClient, (tenant_id, self.client_id))
            for name, value in values.items():
                setattr(row, name, value)


def challenge(verifier: str) -> str:
    """RFC 7636, 4.2."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def came_back(response: TestResponse, to: str = CALLBACK) -> dict[str, str]:
    """The parameters with which a visitor was sent back to the client."""
    assert response.status_int == 303, response.text
    parts = urlsplit(response.location)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == to
    assert response.body == b""
    return dict(parse_qsl(parts.query))


@pytest.fixture(scope="session")
def served(settings: Settings) -> Iterator[str]:
    """The origin of a portal that listens, for clients that nobody here wrote."""
    with serving(settings) as origin:
        yield origin


@pytest.fixture
def forum(world: World) -> Forum:
    return Forum(world)


@pytest.fixture
def cleo(world: World) -> TestApp:
    return world.browser("cleo")


@pytest.fixture(scope="module")
def site_server() -> Iterator[Receiver]:
    """A server of a site, on this machine."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def receiver(site_server: Receiver, forum: Forum) -> Receiver:
    """The forum's own server."""
    site_server.received.clear()
    site_server.answers[:] = [200]
    forum.change(backchannel_logout_uri=site_server.url)
    return site_server
