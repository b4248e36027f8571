"""`POST api/auth/logout`: the tenant's backend signs somebody out everywhere."""

from typing import Any

import pytest

from portal.people.models import Identity
from tests.functional.api.conftest import Client
from tests.functional.signin.conftest import Site

PATH = "/auth/logout"


def is_in(browser: Any, bridge: Client) -> bool:
    return bool(browser.get(bridge.world.url("/"), expect_errors=True).status_int == 200)


def test_every_session_of_one_person_ends(bridge: Client) -> None:
    first, second, other = (bridge.world.browser(name) for name in ("cleo", "cleo", "dora"))
    assert is_in(first, bridge)
    answer = bridge.post(PATH, {"email": "CLEO@customer.test"}, status=200).json
    assert answer == {"success": True, "data": {"sessions_ended": 2}}
    assert not is_in(first, bridge)
    assert not is_in(second, bridge)
    assert is_in(other, bridge)


def test_by_their_own_id(bridge: Client, site: Site) -> None:
    with site.world.factory.session(site.tenant.id) as db:
        cleo = site.world.seed.users["cleo"]
        link = Identity(namespace="company", external_id="7", user_id=cleo.id)
        link.tenant_id = site.tenant.id
        db.add(link)
    browser = bridge.world.browser("cleo")
    answer = bridge.post(PATH, {"external_user_id": 7}).json
    assert answer["data"]["sessions_ended"] == 1
    assert not is_in(browser, bridge)
    both = {"external_user_id": "7", "email": "dora@customer.test"}
    assert bridge.post(PATH, both, status=409).json["error"]["code"] == "identity_conflict"


def test_nobody_known_is_answered_like_somebody_signed_out(bridge: Client) -> None:
    bodies = [{"email": "dora@customer.test"}, {"email": "nobody@customer.test"}]
    answers = [bridge.post(PATH, body, status=200).json for body in bodies]
    assert answers[0] == answers[1] == {"success": True, "data": {"sessions_ended": 0}}


@pytest.mark.parametrize("body", [{}, {"email": "cleo"}, {"email": 7}, {"external_user_id": []}])
def test_nobody_named(bridge: Client, body: dict[str, Any]) -> None:
    assert bridge.post(PATH, body, status=422).json["error"]["code"] == "fields_invalid"


def test_a_secret_from_a_browser(bridge: Client) -> None:
    headers = {"Origin": "https://www.acme.test"}
    answer = bridge.post(PATH, {"email": "cleo@customer.test"}, headers=headers, status=403)
    assert answer.json["error"]["code"] == "secret_in_browser"


def test_keys_and_scopes(bridge: Client, writer: Client) -> None:
    body = {"email": "cleo@customer.test"}
    browser = bridge.world.browser("cleo")
    bridge.http.post_json(bridge.world.url("/api/auth/logout"), body, status=401)
    writer.post(PATH, body, status=403)
    assert is_in(browser, bridge)
