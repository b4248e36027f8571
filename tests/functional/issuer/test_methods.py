"""What an ID token says about how somebody signed in at the portal: `amr` (RFC 8176)."""

from typing import Any

import pytest
from webtest import TestApp

from tests.factories import World
from tests.factories.authenticator import UP, SoftKey
from tests.functional.factors.conftest import Desk
from tests.functional.issuer.conftest import Forum


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def told(forum: Forum, browser: TestApp) -> dict[str, Any]:
    return forum.read(forum.tokens(browser)["id_token"])


def test_a_password(forum: Forum, desk: Desk) -> None:
    claims = told(forum, desk.password("ada"))
    assert claims["amr"] == ["pwd"]
    assert "acr" not in claims


def test_a_code_of_an_app_after_it(forum: Forum, desk: Desk) -> None:
    desk.with_app("ada")
    assert told(forum, desk.in_full("ada"))["amr"] == ["pwd", "otp", "mfa"]


def test_a_recovery_code_after_it(forum: Forum, desk: Desk) -> None:
    """A code from a list is a second factor, and none of the one-time passwords meant there."""
    codes = desk.with_app("ada")
    browser = desk.password("ada")
    assert desk.second(browser, codes[0], recovery=True).status_int == 303
    assert told(forum, browser)["amr"] == ["pwd", "mfa"]


def test_a_passkey_after_it_and_a_passkey_alone(forum: Forum, desk: Desk) -> None:
    """Where its private key is kept, in hardware or not, nobody has proven: `pop` is all."""
    key = SoftKey()
    desk.add_passkey(desk.password("ada"), key)
    alone = desk.world.anonymous()
    assert desk.sign_in_with(alone, key).status_int == 303
    assert told(forum, alone)["amr"] == ["pop", "user", "mfa"]

    key.flags = UP  # without a check of who is there, which the password makes up for
    browser = desk.password("ada")
    assert desk.second_with(browser, key).status_int == 303
    assert told(forum, browser)["amr"] == ["pwd", "pop", "user", "mfa"]


def test_the_statement_of_the_small_flow_says_it_too(forum: Forum, desk: Desk) -> None:
    answer = desk.password("ada").get(
        desk.world.url("/idp/"), {"redirect": "https://forum.acme.test/auth/callback"}
    )
    uuid = answer.location.rpartition("uuid=")[2]
    assert forum.secret is not None
    forum.server.authorization = ("Basic", (forum.client_id, forum.secret))
    statement = forum.server.post(desk.world.url("/idp/jwt"), {"uuid": uuid})
    assert forum.read(statement.text)["amr"] == ["pwd"]
