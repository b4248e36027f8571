"""The token endpoint and its sisters: who may call, and what is refused."""

import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from webtest import TestApp

from portal.issuer.models import IssuerCode, IssuerToken
from portal.people.models import User
from tests.factories import TenantFactory, World
from tests.functional.issuer.conftest import Forum

#: What a client may get wrong with a good code.
WRONG: dict[str, tuple[dict[str, Any], int, str]] = {
    "no code": ({"code": ...}, 400, "invalid_request"),
    "another code": ({"code": "x" * 43}, 400, "invalid_grant"),
    "another address": ({"redirect_uri": "https://evil.test/"}, 400, "invalid_grant"),
    "no address": ({"redirect_uri": ...}, 400, "invalid_grant"),
    "no verifier": ({"code_verifier": ...}, 400, "invalid_request"),
    "another verifier": ({"code_verifier": "y" * 43}, 400, "invalid_grant"),
    "a short verifier": ({"code_verifier": "y"}, 400, "invalid_request"),
    "another grant": ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    "no grant": ({"grant_type": ...}, 400, "invalid_request"),
    "a wrong secret": ({"secret": "wrong"}, 401, "invalid_client"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_what_is_wrong_is_refused_and_leaves_the_code(
    forum: Forum, cleo: TestApp, fault: str
) -> None:
    changes, status, error = WRONG[fault]
    code = forum.code(cleo)
    answer = forum.redeem(code, **changes)
    assert (answer.status_int, answer.json["error"]) == (status, error)
    assert answer.headers["Cache-Control"] == "no-store"
    assert forum.redeem(code).status_int == 200


def test_another_clients_code_is_nobodys(forum: Forum, world: World, cleo: TestApp) -> None:
    other = Forum(world)
    code = forum.code(cleo)
    other.verifier = forum.verifier
    assert other.redeem(code).json["error"] == "invalid_grant"
    assert other.refresh(forum.redeem(code).json["refresh_token"]).json["error"] == "invalid_grant"


def test_another_tenants_code_and_token_are_nothing(
    forum: Forum, cleo: TestApp, tenants: TenantFactory
) -> None:
    there = Forum(World(tenants.create(), forum.world.app, tenants))
    code = forum.code(cleo)
    there.verifier = forum.verifier
    assert there.redeem(code).json["error"] == "invalid_grant"
    tokens = forum.redeem(code).json
    assert there.userinfo(tokens["access_token"]).status_int == 401
    assert there.call("introspect", token=tokens["access_token"]).json == {"active": False}
    assert {key.kid for key in there.keys().keys}.isdisjoint({key.kid for key in forum.keys().keys})


def test_a_code_lives_for_a_minute(forum: Forum, world: World, cleo: TestApp) -> None:
    code = forum.code(cleo)
    with world.factory.session(world.seed.tenant.id) as db:
        db.execute(update(IssuerCode).values(expires_at=datetime.now(UTC)))
    assert forum.redeem(code).json["error"] == "invalid_grant"


def test_a_code_of_somebody_who_was_shut_out(forum: Forum, world: World, cleo: TestApp) -> None:
    code, tokens = forum.code(cleo), forum.tokens(cleo)
    with world.factory.session(world.seed.tenant.id) as db:
        user = db.get_one(User, (world.seed.tenant.id, world.seed.users["cleo"].id))
        user.disabled_at = datetime.now(UTC)
    assert forum.redeem(code).json["error"] == "invalid_grant"
    assert forum.userinfo(tokens["access_token"]).status_int == 401


def test_a_code_of_somebody_who_has_signed_out(forum: Forum, world: World, cleo: TestApp) -> None:
    code = forum.code(cleo)
    cleo.get(world.url("/logout"))
    assert forum.redeem(code).json["error"] == "invalid_grant"


def test_of_32_redemptions_at_once_one_succeeds_and_a_later_one_revokes(
    forum: Forum, cleo: TestApp
) -> None:
    for _ in range(5):
        code = forum.code(cleo)
        with ThreadPoolExecutor(32) as threads:
            answers = list(threads.map(lambda _, code=code: forum.redeem(code), range(32)))
        good = [answer for answer in answers if answer.status_int == 200]
        assert len(good) == 1
        assert {each.json["error"] for each in answers if each not in good} == {"invalid_grant"}
        assert forum.userinfo(good[0].json["access_token"]).status_int == 401


def test_of_32_refreshes_at_once_one_succeeds(forum: Forum, cleo: TestApp) -> None:
    token = forum.tokens(cleo)["refresh_token"]
    with ThreadPoolExecutor(32) as threads:
        answers = list(threads.map(lambda _: forum.refresh(token), range(32)))
    assert sorted(answer.status_int for answer in answers) == [200] + [400] * 31


def test_both_secrets_work_while_one_takes_over(forum: Forum, cleo: TestApp) -> None:
    from portal.issuer.clients import Clients
    from portal.issuer.models import IssuerClient

    tenant = forum.world.seed.tenant
    with forum.world.factory.session(tenant.id) as db:
        row = db.get_one(IssuerClient, (tenant.id, forum.client_id))
        new = Clients(db, tenant).make_secret(row)
    assert forum.redeem(forum.code(cleo)).status_int == 200
    assert forum.redeem(forum.code(cleo), secret=new).status_int == 200
    forum.change(former_not_after=datetime.now(UTC) - timedelta(seconds=1))
    assert forum.redeem(forum.code(cleo)).status_int == 401
    assert forum.redeem(forum.code(cleo), secret=new).status_int == 200


def test_the_secret_may_stand_in_the_form(forum: Forum, cleo: TestApp) -> None:
    secret, forum.secret = forum.secret, None
    answer = forum.redeem(forum.code(cleo), client_secret=secret)
    assert answer.status_int == 200


def test_a_secret_in_the_address_counts_for_nothing(forum: Forum, cleo: TestApp) -> None:
    code, secret = forum.code(cleo), forum.secret
    forum.secret = None
    answer = forum.server.post(
        f"{forum.at('token')}?client_secret={secret}",
        {"grant_type": "authorization_code", "code": code, "client_id": forum.client_id},
        expect_errors=True,
    )
    assert answer.status_int in (400, 401)
    assert answer.json["error"] == "invalid_client"


@pytest.mark.parametrize("credentials", ["", "x", "Og==", base64.b64encode(b"a:\xff").decode()])
def test_broken_credentials(forum: Forum, credentials: str) -> None:
    answer = forum.server.post(
        forum.at("token"),
        {"grant_type": "authorization_code", "code": "x"},
        headers={"Authorization": f"Basic {credentials}"},
        expect_errors=True,
    )
    assert answer.status_int in (400, 401)
    assert answer.json["error"] == "invalid_client"


def test_only_posts_are_taken(forum: Forum) -> None:
    for name in ("token", "revoke", "introspect"):
        forum.server.get(forum.at(name), status=405)


def test_nothing_of_a_token_is_kept(forum: Forum, world: World, cleo: TestApp) -> None:
    tokens = forum.tokens(cleo)
    with world.factory.session(world.seed.tenant.id) as db:
        kept = {row.token_hash for row in db.query(IssuerToken)}
    assert len(kept) == 2
    for name in ("access_token", "refresh_token"):
        assert tokens[name].encode() not in kept


class TestUserinfo:
    @pytest.mark.parametrize("token", ["", "x", "x" * 5000])
    def test_a_wrong_token(self, forum: Forum, token: str) -> None:
        answer = forum.userinfo(token)
        assert answer.status_int == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    def test_a_refresh_token_is_none(self, forum: Forum, cleo: TestApp) -> None:
        assert forum.userinfo(forum.tokens(cleo)["refresh_token"]).status_int == 401

    def test_a_token_whose_time_is_up(self, forum: Forum, world: World, cleo: TestApp) -> None:
        token = forum.tokens(cleo)["access_token"]
        with world.factory.session(world.seed.tenant.id) as db:
            db.execute(update(IssuerToken).values(expires_at=datetime.now(UTC)))
        assert forum.userinfo(token).status_int == 401

    def test_in_a_form(self, forum: Forum, cleo: TestApp) -> None:
        token = forum.tokens(cleo)["access_token"]
        answer = forum.server.post(forum.at("userinfo"), {"access_token": token})
        assert answer.json["sub"] == str(forum.world.seed.users["cleo"].id)

    def test_never_in_the_address(self, forum: Forum, cleo: TestApp) -> None:
        token = forum.tokens(cleo)["access_token"]
        forum.server.get(f"{forum.at('userinfo')}?access_token={token}", status=401)
