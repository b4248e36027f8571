"""The issuer, and somebody who means it harm: other tenants, clients and pages, forged tokens."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import update
from webtest import TestApp

from portal.security.models import Session
from tests.factories import TenantFactory, World
from tests.functional.issuer.conftest import CALLBACK, GOODBYE, Forum, came_back
from tests.functional.issuer.test_idp import exchange, start
from tests.functional.issuer.test_logout import is_in, leave


@pytest.fixture
def there(forum: Forum, tenants: TenantFactory) -> Forum:
    """A client of the same id and secret, at another tenant."""
    found = Forum(World(tenants.create(), forum.world.app, tenants))
    found.verifier = forum.verifier
    return found


class TestAnotherTenant:
    def test_a_refresh_token_is_nothing_there(
        self, forum: Forum, there: Forum, cleo: TestApp
    ) -> None:
        token = forum.tokens(cleo)["refresh_token"]
        assert there.refresh(token).json["error"] == "invalid_grant"
        assert there.call("revoke", token=token).status_int == 200
        assert forum.refresh(token).status_int == 200

    def test_a_client_is_unknown_there(self, forum: Forum, there: Forum, cleo: TestApp) -> None:
        there.client_id, there.secret = forum.client_id, forum.secret
        assert there.send(there.world.browser("cleo")).status_int == 400
        assert there.redeem(forum.code(cleo)).json["error"] == "invalid_client"

    def test_a_session_is_nothing_there(self, there: Forum, cleo: TestApp) -> None:
        assert "/login?" in there.send(cleo).location

    def test_a_uuid_is_nothing_there(self, forum: Forum, there: Forum, cleo: TestApp) -> None:
        uuid = came_back(start(forum, cleo))["uuid"]
        assert exchange(there, uuid, secret=there.secret).status_int == 400
        assert exchange(forum, uuid, secret=forum.secret).status_int == 200

    def test_an_id_token_signs_nobody_out_there(
        self, forum: Forum, there: Forum, cleo: TestApp
    ) -> None:
        visitor = there.world.browser("cleo")
        hint = forum.tokens(cleo)["id_token"]
        answer = leave(there, visitor, id_token_hint=hint, post_logout_redirect_uri=GOODBYE)
        assert answer.status_int == 200
        assert is_in(there.world, visitor)


def _unsigned(claims: dict[str, Any], key: dict[str, Any]) -> str:
    return f"{_part({'alg': 'none', 'kid': key['kid']})}.{_part(claims)}."


def _by_the_public_key(claims: dict[str, Any], key: dict[str, Any]) -> str:
    """HS256, with what is published as its secret."""
    secret = RSAKey.import_key(key).as_pem(private=False)
    text = f"{_part({'alg': 'HS256', 'kid': key['kid']})}.{_part(claims)}"
    mac = hmac.new(secret, text.encode(), hashlib.sha256).digest()
    return f"{text}.{_b64(mac)}"


def _by_a_key_of_ones_own(claims: dict[str, Any], key: dict[str, Any]) -> str:
    own = RSAKey.generate_key(2048, {"kid": key["kid"]})
    header = {"alg": "RS256", "kid": key["kid"], "jwk": own.as_dict(private=False)}
    return jwt.encode(header, claims, own, algorithms=["RS256"])


def _part(value: dict[str, Any]) -> str:
    return _b64(json.dumps(value).encode())


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize("forge", [_unsigned, _by_the_public_key, _by_a_key_of_ones_own])
def test_a_forged_hint_counts_for_nothing(
    forum: Forum,
    world: World,
    cleo: TestApp,
    forge: Callable[[dict[str, Any], dict[str, Any]], str],
) -> None:
    claims = forum.read(forum.tokens(cleo)["id_token"])
    hint = forge(claims, forum.server.get(forum.at("jwks")).json["keys"][0])
    assert leave(forum, cleo, id_token_hint=hint).status_int == 200
    assert is_in(world, cleo)
    back = came_back(forum.send(cleo, id_token_hint=hint, prompt="none"))
    assert back["error"] == "login_required"


class TestPages:
    @pytest.fixture
    def theirs(self, world: World) -> Forum:
        return Forum(world, third_party=True)

    def test_questions_stand_in_no_frame(self, theirs: Forum, cleo: TestApp) -> None:
        for page in (theirs.send(cleo), leave(theirs, cleo)):
            assert page.status_int == 200
            assert page.headers["X-Frame-Options"] == "DENY"
            assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]

    def test_another_page_signs_nobody_out(
        self, theirs: Forum, world: World, cleo: TestApp
    ) -> None:
        cleo.post(theirs.at("end-session"), {}, status=400)
        answer = cleo.post(theirs.at("logout"), {"client_id": theirs.client_id})
        assert answer.status_int == 303
        assert answer.follow().status_int == 200
        assert is_in(world, cleo)

    def test_an_answer_of_an_earlier_session_is_none(
        self, theirs: Forum, world: World, cleo: TestApp
    ) -> None:
        """The page was opened by one person, and another one sits there now."""
        form = theirs.send(cleo).forms[0]
        token = next(
            field[0].value for name, field in form.fields.items() if name and "csrf" in name
        )
        name = next(name for name in form.fields if name and "csrf" in name)
        carl = world.browser("carl")
        path = f"{theirs.at('consent')}?{urlencode(theirs.asking())}"
        carl.post(path, {name: token, "decision": "allow"}, status=400)

    def test_a_third_party_does_not_get_by_the_question(self, theirs: Forum, cleo: TestApp) -> None:
        answer = start(theirs, cleo, client_id=theirs.client_id)
        assert answer.status_int == 400
        assert "Location" not in answer.headers

    def test_an_origin_in_the_policy_is_registered(self, theirs: Forum, cleo: TestApp) -> None:
        for uri in ("https://evil.test", "https://evil.test;script-src *", f"{CALLBACK} *"):
            page = theirs.send(cleo, redirect_uri=uri)
            assert "evil" not in page.headers["Content-Security-Policy"]
            login = theirs.world.anonymous().get(
                theirs.world.url("/login"),
                {"next": f"{theirs.at('authorize')}?{urlencode(theirs.asking(redirect_uri=uri))}"},
            )
            assert "form-action 'self';" in login.headers["Content-Security-Policy"]


class TestLives:
    def test_a_race_of_refreshes_ends_the_family(self, forum: Forum, cleo: TestApp) -> None:
        token = forum.tokens(cleo)["refresh_token"]
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: forum.refresh(token), range(8)))
        (good,) = [answer for answer in answers if answer.status_int == 200]
        assert forum.userinfo(good.json["access_token"]).status_int == 401
        assert forum.refresh(good.json["refresh_token"]).json["error"] == "invalid_grant"

    def test_a_session_that_nobody_used_is_over(
        self, forum: Forum, world: World, cleo: TestApp
    ) -> None:
        code, tokens = forum.code(cleo), forum.tokens(cleo)
        with world.factory.session(world.seed.tenant.id) as db:
            db.execute(update(Session).values(seen_at=datetime.now(UTC) - timedelta(days=7)))
        assert not is_in(world, cleo)
        assert forum.redeem(code).json["error"] == "invalid_grant"
        assert forum.userinfo(tokens["access_token"]).status_int == 401
        assert forum.refresh(tokens["refresh_token"]).json["error"] == "invalid_grant"

    def test_a_client_that_is_switched_off_learns_nothing_more(
        self, forum: Forum, cleo: TestApp
    ) -> None:
        code, tokens = forum.code(cleo), forum.tokens(cleo)
        forum.change(disabled_at=datetime.now(UTC))
        assert forum.userinfo(tokens["access_token"]).status_int == 401
        assert forum.redeem(code).json["error"] == "invalid_client"
        assert forum.refresh(tokens["refresh_token"]).json["error"] == "invalid_client"


class TestSmallFlow:
    def test_looking_does_not_use_a_uuid_up(self, forum: Forum, cleo: TestApp) -> None:
        uuid = came_back(start(forum, cleo, code_challenge=forum.asking()["code_challenge"]))[
            "uuid"
        ]
        query = urlencode({"uuid": uuid, "code_verifier": forum.verifier})
        path = f"{forum.world.url('/idp/jwt')}?{query}"
        assert forum.server.head(path, expect_errors=True).status_int == 405
        assert exchange(forum, uuid, code_verifier=forum.verifier).status_int == 200

    @pytest.mark.parametrize(
        "changes",
        [
            {"code_challenge": "x"},
            {"code_challenge": "x" * 43 + "\n"},
            {"code_challenge": "x" * 43, "code_challenge_method": "plain"},
        ],
    )
    def test_a_weaker_proof_is_refused(
        self, forum: Forum, cleo: TestApp, changes: dict[str, str]
    ) -> None:
        assert start(forum, cleo, **changes).status_int == 400

    def test_a_verifier_that_was_never_promised_is_no_proof(
        self, forum: Forum, cleo: TestApp
    ) -> None:
        uuid = came_back(start(forum, cleo))["uuid"]
        assert exchange(forum, uuid, code_verifier=forum.verifier).status_int == 400

    def test_another_clients_secret_is_no_proof(
        self, forum: Forum, world: World, cleo: TestApp
    ) -> None:
        other = Forum(world)
        uuid = came_back(start(forum, cleo, client_id=forum.client_id))["uuid"]
        assert exchange(other, uuid, secret=other.secret).status_int == 400
        assert exchange(forum, uuid, secret=forum.secret).status_int == 200
