"""Authlib's own client in a Flask application, as its documentation registers it: discovery, PKCE,
nonce, userinfo, refresh, revocation, logout, against a portal that is served."""

from typing import Any, cast

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, session
from flask.testing import FlaskClient
from webtest import TestApp
from werkzeug.wrappers import Response

from tests.factories import World
from tests.functional.issuer.conftest import CALLBACK, GOODBYE, Forum
from tests.functional.issuer.test_openid_client import visit


@pytest.fixture
def shop(forum: Forum, served: str) -> Flask:
    """A site that signs its visitors in at the tenant's issuer."""
    site = Flask("shop")
    site.secret_key = "only-in-this-test"
    oauth = OAuth(site)
    portal: FlaskOAuth2App = oauth.register(
        "portal",
        client_id=forum.client_id,
        client_secret=forum.secret,
        server_metadata_url=f"{served}/{forum.world.slug}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile email organisation",
            "code_challenge_method": "S256",
        },
    )

    @site.get("/login")
    def login() -> Response:
        return cast(Response, portal.authorize_redirect(CALLBACK))

    @site.get("/auth/callback")
    def callback() -> dict[str, Any]:
        token: dict[str, Any] = portal.authorize_access_token()
        session["id_token"] = token["id_token"]
        return token | {"asked": dict(portal.userinfo(token=token))}

    @site.get("/logout")
    def logout() -> Response:
        hint = session["id_token"]
        return cast(Response, portal.logout_redirect(GOODBYE, id_token_hint=hint))

    @site.errorhandler(OAuthError)
    def refused(error: OAuthError) -> tuple[str, int]:
        return f"{error.error}: {error.description}", 400

    return site


@pytest.fixture
def visitor(shop: Flask) -> FlaskClient:
    return shop.test_client()


def sign_in(visitor: FlaskClient, cleo: TestApp) -> dict[str, Any]:
    """What the site knows after its visitor went to the portal and came back."""
    back = visit(cleo, visitor.get("/login").headers["Location"])
    answer = visitor.get(back.removeprefix("https://forum.acme.test"))
    assert answer.status_code == 200, answer.text
    token: dict[str, Any] = answer.get_json()
    return token


def test_it_learns_who_came(visitor: FlaskClient, served: str, world: World, cleo: TestApp) -> None:
    token = sign_in(visitor, cleo)
    user = world.seed.users["cleo"]
    claims = token["userinfo"]
    assert claims["iss"] == f"{served}/{world.slug}"
    assert claims["sub"] == str(user.id)
    assert token["asked"]["name"] == user.name
    assert token["asked"]["email"] == user.email
    assert token["asked"]["organisation"]["name"]


def test_a_code_goes_with_its_own_verifier_alone(visitor: FlaskClient, cleo: TestApp) -> None:
    first = visit(cleo, visitor.get("/login").headers["Location"])
    second = visit(cleo, visitor.get("/login").headers["Location"])
    swapped = f"{first.partition('state=')[0]}{second[second.index('state=') :]}"
    answer = visitor.get(swapped.removeprefix("https://forum.acme.test"))
    assert answer.status_code == 400
    assert answer.text == "invalid_grant: Code challenge failed."


def test_refreshing_and_revoking(
    visitor: FlaskClient, forum: Forum, served: str, world: World, cleo: TestApp
) -> None:
    token = sign_in(visitor, cleo)
    client = OAuth2Session(
        forum.client_id,
        forum.secret,
        token=token,
        token_endpoint=f"{served}{forum.at('token')}",
        revocation_endpoint_auth_method="client_secret_post",
    )
    with client:
        refreshed = client.refresh_token()
        assert refreshed["access_token"] != token["access_token"]
        assert refreshed["refresh_token"] != token["refresh_token"]
        assert client.get(f"{served}{forum.at('userinfo')}").json()["sub"] == str(
            world.seed.users["cleo"].id
        )
        revoked = client.revoke_token(
            f"{served}{forum.at('revoke')}", refreshed["refresh_token"], "refresh_token"
        )
        assert revoked.status_code == 200
        assert client.get(f"{served}{forum.at('userinfo')}").status_code == 401


def test_signing_out(visitor: FlaskClient, world: World, cleo: TestApp) -> None:
    sign_in(visitor, cleo)
    back = visit(cleo, visitor.get("/logout").headers["Location"])
    assert back.startswith(f"{GOODBYE}?state=")
    assert cleo.get(world.url("/profile"), expect_errors=True).status_int != 200
