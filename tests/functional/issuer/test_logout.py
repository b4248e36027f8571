"""RP-Initiated Logout: a client signs its visitor out here as well, and nobody else does."""

from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from webtest import TestApp
from webtest.response import TestResponse

from portal.issuer.keys import IssuerKeys
from portal.security.secrets import secret_box
from tests.factories import World
from tests.functional.issuer.conftest import GOODBYE, Forum


def leave(forum: Forum, browser: TestApp, **given: Any) -> TestResponse:
    """The client's logout link."""
    return browser.get(f"{forum.at('logout')}?{urlencode(given)}", expect_errors=True)


def is_in(world: World, browser: TestApp) -> bool:
    status: int = browser.get(world.url("/profile"), expect_errors=True).status_int
    return status == 200


def test_with_its_id_token_it_is_done_at_once(forum: Forum, world: World, cleo: TestApp) -> None:
    hint = forum.tokens(cleo)["id_token"]
    answer = leave(forum, cleo, id_token_hint=hint, post_logout_redirect_uri=GOODBYE, state="x y")
    assert answer.location == f"{GOODBYE}?state=x+y"
    assert not is_in(world, cleo)


def signed(world: World, typ: str, claims: dict[str, Any]) -> str:
    """Something else that the issuer has signed, or signed long ago."""
    tenant = world.seed.tenant
    with world.factory.session(tenant.id) as db:
        key = IssuerKeys(db, tenant, secret_box(world.factory.settings)).signing_key()
    header = {"alg": "RS256", "kid": key.kid, "typ": typ}
    return jwt.encode(header, claims, key, algorithms=["RS256"])


def test_an_id_token_whose_time_is_up_is_good_for_it(
    forum: Forum, world: World, cleo: TestApp
) -> None:
    claims = forum.read(forum.tokens(cleo)["id_token"])
    leave(forum, cleo, id_token_hint=signed(world, "JWT", claims | {"exp": 1}))
    assert not is_in(world, cleo)


def test_a_logout_token_is_no_id_token(forum: Forum, world: World, cleo: TestApp) -> None:
    """The same keys sign it, and many sites have been sent one."""
    claims = forum.read(forum.tokens(cleo)["id_token"])
    hint = signed(world, "logout+jwt", claims)
    assert leave(forum, cleo, id_token_hint=hint).status_int == 200
    assert is_in(world, cleo)


def test_without_it_people_are_asked(forum: Forum, world: World, cleo: TestApp) -> None:
    page = leave(forum, cleo, client_id=forum.client_id, post_logout_redirect_uri=GOODBYE)
    assert page.status_int == 200
    assert is_in(world, cleo)
    assert page.forms[0].submit().location == GOODBYE
    assert not is_in(world, cleo)


def test_another_persons_id_token_signs_nobody_out(
    forum: Forum, world: World, cleo: TestApp
) -> None:
    hint = forum.tokens(world.browser("carl"))["id_token"]
    assert leave(forum, cleo, id_token_hint=hint).status_int == 200
    assert is_in(world, cleo)


@pytest.mark.parametrize(
    "given",
    [
        {"post_logout_redirect_uri": "https://evil.test/"},
        {"post_logout_redirect_uri": f"{GOODBYE}/more"},
        {"post_logout_redirect_uri": GOODBYE, "client_id": "site_unknown"},
        {},
    ],
)
def test_nobody_is_sent_to_a_stranger(
    forum: Forum, world: World, cleo: TestApp, given: dict[str, str]
) -> None:
    hint = forum.tokens(cleo)["id_token"]
    answer = leave(forum, cleo, id_token_hint=hint, **given)
    assert answer.location == f"http://localhost{world.url('/signed-out')}"


def test_a_forged_id_token_counts_for_nothing(forum: Forum, world: World, cleo: TestApp) -> None:
    head, body, _ = forum.tokens(cleo)["id_token"].split(".")
    for hint in (f"{head}.{body}.AAAA", "x", f"eyJhbGciOiJub25lIn0.{body}."):
        assert leave(forum, cleo, id_token_hint=hint).status_int == 200
        assert is_in(world, cleo)


def test_who_is_not_signed_in_goes_on(forum: Forum, world: World) -> None:
    answer = leave(
        forum,
        world.anonymous(),
        client_id=forum.client_id,
        post_logout_redirect_uri=GOODBYE,
    )
    assert answer.location == GOODBYE
