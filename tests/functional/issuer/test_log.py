"""The sign-in log tells of the company's other sites, too: who was signed in there, and who not."""

from typing import Any
from urllib.parse import urlencode

import pytest
from webtest import TestApp

from portal.signin.emails import mask_email
from portal.signin.models import SsoAttempt
from tests.factories import World
from tests.functional.issuer.conftest import Forum
from tests.functional.issuer.test_idp import exchange, start

Fault = dict[str, Any]


def lines(world: World) -> list[SsoAttempt]:
    """What was written about sites, in order."""
    with world.factory.session(world.seed.tenant.id) as db:
        found = db.query(SsoAttempt).filter_by(authenticator="site")
        return found.order_by(SsoAttempt.id).all()


def last(world: World) -> SsoAttempt:
    return lines(world)[-1]


def seen(line: SsoAttempt, step: str) -> Any:
    return next(check["seen"] for check in line.trace if check["step"] == step)


def test_whoever_is_signed_in_at_a_site(forum: Forum, world: World, cleo: TestApp) -> None:
    refresh = forum.tokens(cleo)["refresh_token"]
    forum.refresh(refresh)
    uuid = start(forum, cleo).location.partition("uuid=")[2].partition("&")[0]
    exchange(forum, uuid, secret=forum.secret)
    written = lines(world)
    assert [line.code for line in written] == ["signed_in"] * 3
    assert {line.user_id for line in written} == {world.seed.users["cleo"].id}
    assert {seen(line, "site") for line in written} == {"Forum"}
    assert len({seen(line, "exchange")["text"] for line in written}) == 3
    page = world.browser("ada").get(world.url("/settings/sign-in/log?way=site"))
    assert len(page.html.select("details.log-row")) == 3
    assert "Signed in at Forum" in page
    assert "To Forum" in page
    assert page.html.select_one("dl.figures") is None
    assert mask_email(world.seed.users["cleo"].email) in page


#: What a site gets wrong when it sends its visitor, and the code of it.
ASKED: dict[str, tuple[Fault, str]] = {
    "another address": ({"redirect_uri": "https://evil.test/"}, "site_address_unknown"),
    "another client": ({"client_id": "site_unknown"}, "site_address_unknown"),
    "no PKCE": ({"code_challenge": ...}, "site_request_refused"),
    "another flow": ({"response_type": "token"}, "site_request_refused"),
}
#: And when it comes with the code.
REDEEMED: dict[str, tuple[Fault, str]] = {
    "a wrong secret": ({"secret": "wrong"}, "site_credentials_invalid"),
    "another verifier": ({"code_verifier": "y" * 43}, "site_verifier_invalid"),
    "another address": ({"redirect_uri": "https://evil.test/"}, "site_code_invalid"),
    "no verifier": ({"code_verifier": ...}, "site_request_refused"),
    "another code": ({"code": "x" * 43}, "site_code_invalid"),
}


@pytest.mark.parametrize("fault", ASKED)
def test_a_request_that_is_refused(forum: Forum, world: World, cleo: TestApp, fault: str) -> None:
    changes, code = ASKED[fault]
    forum.send(cleo, **changes)
    assert last(world).code == code
    assert seen(last(world), "site") == ("site_unknown" if "client_id" in changes else "Forum")


@pytest.mark.parametrize("fault", REDEEMED)
def test_a_site_that_is_refused(forum: Forum, world: World, cleo: TestApp, fault: str) -> None:
    changes, code = REDEEMED[fault]
    forum.redeem(forum.code(cleo), **changes)
    assert last(world).code == code
    assert seen(last(world), "site") == "Forum"


def test_a_second_use_names_the_person(forum: Forum, world: World, cleo: TestApp) -> None:
    code = forum.code(cleo)
    refresh = forum.redeem(code).json["refresh_token"]
    forum.redeem(code)
    assert (last(world).code, last(world).user_id) == (
        "site_code_replayed", world.seed.users["cleo"].id,
    )  # fmt: skip
    forum.refresh(refresh)
    assert last(world).code == "site_code_invalid"
    assert "revoked" in last(world).hint


def test_the_small_flow(forum: Forum, world: World, cleo: TestApp) -> None:
    start(forum, cleo, redirect="https://evil.test/")
    assert last(world).code == "site_address_unknown"
    uuid = start(forum, cleo).location.partition("uuid=")[2].partition("&")[0]
    exchange(forum, uuid, secret="wrong")
    assert last(world).code == "site_credentials_invalid"
    for _ in range(2):
        exchange(forum, uuid, secret=forum.secret)
    assert last(world).code == "site_code_replayed"


def test_no_secret_is_written_down(forum: Forum, world: World, cleo: TestApp) -> None:
    code = forum.code(cleo)
    for _ in range(2):
        forum.redeem(code)
    forum.redeem(code, secret="the-wrong-secret")
    written = repr([(line.trace, line.hint) for line in lines(world)])
    for secret in (code, forum.verifier, forum.secret, "the-wrong-secret"):
        assert str(secret) not in written


def test_a_flood_is_cut_off(forum: Forum, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.issuer import log
    from portal.signin.throttles import Limit

    monkeypatch.setattr(log, "WRITTEN", Limit("issuer:refused", 3, 300))
    query = urlencode(forum.asking(redirect_uri="https://evil.test/"))
    for _ in range(5):
        world.anonymous().get(f"{forum.at('authorize')}?{query}", status=400)
    assert len(lines(world)) == 3


def test_the_figures_are_about_the_way_in(forum: Forum, world: World, cleo: TestApp) -> None:
    forum.tokens(cleo)
    page = world.browser("ada").get(world.url("/settings/sign-in/log"))
    assert page.html.select_one("dl.figures dd").text == "0"
    assert "Signed in at Forum" in page
