"""`/idp/`: a small flow of a company's own making, made safe."""

from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc import jwt
from webtest import TestApp
from webtest.response import TestResponse

from tests.factories import World
from tests.functional.issuer.conftest import CALLBACK, Forum, came_back, challenge


def start(forum: Forum, browser: TestApp, **changes: Any) -> TestResponse:
    """The site's login link."""
    given = {"redirect": CALLBACK, "state": "s-1"} | changes
    query = urlencode({name: value for name, value in given.items() if value is not ...})
    return browser.get(f"{forum.world.url('/idp/')}?{query}", expect_errors=True)


def exchange(forum: Forum, uuid: str, *, secret: str | None = None, **given: str) -> TestResponse:
    """What the site's server does with the `uuid`."""
    headers = {}
    if secret is not None:
        app_headers = TestApp(forum.world.app)
        app_headers.authorization = ("Basic", (forum.client_id, secret))
        headers = {"Authorization": app_headers.extra_environ["HTTP_AUTHORIZATION"]}
    query = urlencode({"uuid": uuid} | given)
    return forum.server.get(
        f"{forum.world.url('/idp/jwt')}?{query}", headers=headers, expect_errors=True
    )


def test_the_flow(forum: Forum, world: World, cleo: TestApp) -> None:
    back = came_back(start(forum, cleo))
    assert back.keys() == {"uuid", "state"}
    answer = exchange(forum, back["uuid"], secret=forum.secret)
    assert answer.content_type == "application/jwt"
    claims = jwt.decode(answer.text, forum.keys(), algorithms=["RS256"]).claims
    user = world.seed.users["cleo"]
    assert (claims["id"], claims["name"], claims["email"]) == (
        str(user.id), user.name, user.email,
    )  # fmt: skip
    assert claims["iss"] == forum.issuer
    assert claims["aud"] == forum.client_id
    assert claims["exp"] - claims["iat"] == 300
    assert {"jti", "auth_time", "sid"} <= claims.keys()


def test_a_second_site_asks_for_no_password(world: World) -> None:
    first, second = Forum(world), Forum(world)
    second.change(redirect_uris=["https://shop.acme.test/in"])
    browser = world.anonymous()
    page = start(first, browser).follow()
    form = next(each for each in page.forms.values() if "email" in each.fields)
    form["email"], form["password"] = "cleo@customer.test", "staple-lantern-orchid"
    assert "uuid" in came_back(form.submit().follow())
    answer = start(second, browser, redirect="https://shop.acme.test/in")
    assert "uuid" in came_back(answer, "https://shop.acme.test/in")


def test_a_query_of_the_address_stays(forum: Forum, cleo: TestApp) -> None:
    forum.change(redirect_uris=[f"{CALLBACK}?shop=1"])
    back = came_back(start(forum, cleo, redirect=f"{CALLBACK}?shop=1"))
    assert back.keys() == {"shop", "uuid", "state"}


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect": ...},
        {"redirect": "https://evil.test/"},
        {"redirect": f"{CALLBACK}/more"},
        {"redirect": "javascript:alert(1)"},
        {"client_id": "site_unknown"},
        {"state": "s" * 513},
    ],
)
def test_nobody_is_sent_to_a_stranger(forum: Forum, cleo: TestApp, changes: dict[str, Any]) -> None:
    answer = start(forum, cleo, **changes)
    assert answer.status_int == 400
    assert "Location" not in answer.headers


def test_an_address_of_two_sites_needs_the_client(world: World, cleo: TestApp) -> None:
    first, _ = Forum(world), Forum(world)
    assert start(first, cleo).status_int == 400
    assert "uuid" in came_back(start(first, cleo, client_id=first.client_id))


def test_a_second_use_is_refused(forum: Forum, cleo: TestApp) -> None:
    uuid = came_back(start(forum, cleo))["uuid"]
    assert exchange(forum, uuid, secret=forum.secret).status_int == 200
    again = exchange(forum, uuid, secret=forum.secret)
    assert (again.status_int, again.json) == (400, {"error": "invalid_grant"})


def test_without_proof_there_is_nothing(forum: Forum, cleo: TestApp) -> None:
    uuid = came_back(start(forum, cleo))["uuid"]
    assert exchange(forum, uuid).status_int == 400
    assert exchange(forum, uuid, secret="wrong").status_int == 400
    assert exchange(forum, uuid, client_secret=forum.secret or "").status_int == 400
    assert exchange(forum, uuid, secret=forum.secret).status_int == 200


def test_the_verifier_is_proof(forum: Forum, cleo: TestApp) -> None:
    uuid = came_back(start(forum, cleo, code_challenge=challenge(forum.verifier)))["uuid"]
    assert exchange(forum, uuid, secret=forum.secret).status_int == 400
    assert exchange(forum, uuid, code_verifier="x" * 43).status_int == 400
    assert exchange(forum, uuid, code_verifier=forum.verifier).status_int == 200


def test_a_public_client_must_bring_one(world: World, cleo: TestApp) -> None:
    app = Forum(world, kind="public")
    assert start(app, cleo).status_int == 400
    uuid = came_back(start(app, cleo, code_challenge=challenge(app.verifier)))["uuid"]
    assert exchange(app, uuid, code_verifier=app.verifier).status_int == 200


def test_a_code_is_no_uuid_and_a_uuid_no_code(forum: Forum, cleo: TestApp) -> None:
    assert exchange(forum, forum.code(cleo), secret=forum.secret).status_int == 400
    uuid = came_back(start(forum, cleo))["uuid"]
    assert forum.redeem(uuid).json["error"] == "invalid_grant"


def test_who_has_signed_out_is_nobody(forum: Forum, world: World, cleo: TestApp) -> None:
    uuid = came_back(start(forum, cleo))["uuid"]
    cleo.get(world.url("/logout"))
    assert exchange(forum, uuid, secret=forum.secret).status_int == 400
